// Style of single elements: where something lies, how large it is.

import { noChange } from "lit";
import { directive, Directive, type ElementPart } from "lit/directive.js";

class Styled extends Directive {
  #last = "";

  render(_style: string): unknown {
    return noChange;
  }

  override update({ element }: ElementPart, [style]: [string]): unknown {
    if (style !== this.#last) {
      (element as HTMLElement).style.cssText = style;
      this.#last = style;
    }
    return noChange;
  }
}

/**
 * Use as style=${styled("top: 3px")}. As text of the attribute it would be refused by the policy
 * of the pages, which lets in no style but that of our files.
 */
export const styled = directive(Styled);
