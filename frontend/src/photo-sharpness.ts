// Which picture of a photo is shown: one as large as a screen or, zoomed in beyond that, a larger.

import type { Photo } from "./types";

type Source = "thumbnail" | "preview" | "large" | "original";

/** What all browsers show, and turn upright as Kith does. */
const SHOWN_BY_BROWSERS = /\.jpe?g$/i;
/** What comes instead of a picture that does not come. */
const INSTEAD: Partial<Record<Source, Source>> = {
  original: "large",
  large: "preview",
  preview: "thumbnail",
};

export class Sharpness {
  #source: Source = "preview";
  #failed = new Set<Source>();

  reset(): void {
    this.#source = "preview";
    this.#failed.clear();
  }

  addressOf({ id, thumbnail, preview }: Photo): string {
    const addresses: Record<Source, string> = {
      thumbnail,
      preview,
      large: `${preview}&large=true`,
      original: `/api/photos/${id}/original/`,
    };
    return addresses[this.#source];
  }

  /** The picture did not come: show another. */
  fail(): void {
    this.#failed.add(this.#source);
    this.#source = INSTEAD[this.#source] ?? this.#source;
  }

  /** Choose a larger picture where `picture` has fewer pixels than it takes up on the screen. */
  look(photo: Photo, picture: HTMLImageElement): boolean {
    if (!picture.complete || this.#source !== "preview") return false;
    const has = picture.naturalWidth;
    if (!has || has >= photo.width || picture.clientWidth * devicePixelRatio <= has) return false;
    const larger: Source = SHOWN_BY_BROWSERS.test(photo.path) ? "original" : "large";
    if (this.#failed.has(larger) || this.#failed.has("large")) return false;
    this.#source = larger;
    return true;
  }
}
