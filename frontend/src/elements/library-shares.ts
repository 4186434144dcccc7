// <library-shares library="3" name="Album">: with whom a library is shared, and sharing it.

import { html, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";

import { api } from "../api";
import { BusyElement } from "../busy-element";
import { toast } from "../events";
import { gettext } from "../text";
import type { Share, ShareRole, UserName } from "../types";

const ROLES: Record<ShareRole, () => string> = {
  viewer: () => gettext("looks"),
  labeller: () => gettext("looks, and says who is who"),
};

@customElement("library-shares")
export class LibraryShares extends BusyElement {
  @property({ type: Number }) library = 0;
  @property() name = "";
  @query("dialog") private dialog!: HTMLDialogElement;
  @state() private shares: Share[] = [];
  @state() private users: UserName[] = [];

  async #open(): Promise<void> {
    await this.work(async () => {
      await this.#load();
      this.dialog.showModal();
    });
  }

  async #load(): Promise<void> {
    const [shares, users] = await Promise.all([api.shares(this.library), api.users()]);
    this.shares = shares.results;
    this.users = users.results;
  }

  /** Say it to the server, and show with whom it is shared then. */
  #say(change: () => Promise<unknown>, done: string): Promise<void> {
    return this.work(async () => {
      await change();
      await this.#load();
      toast(done);
    });
  }

  async #add(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const said = new FormData(form);
    const user = String(said.get("user") ?? "");
    const role = String(said.get("role")) as ShareRole;
    await this.#say(
      () => api.share(this.library, user, role),
      gettext("It is shared with %(user)s.", { user }),
    );
    form.querySelector("select")?.focus();
  }

  #change({ id, user }: Share, role: ShareRole): Promise<void> {
    return this.#say(
      () => api.changeShare(this.library, id, role),
      gettext("%(user)s: %(role)s.", { user, role: ROLES[role]() }),
    );
  }

  async #end({ id, user }: Share): Promise<void> {
    await this.#say(
      () => api.endShare(this.library, id),
      gettext("It is not shared with %(user)s any more.", { user }),
    );
    this.querySelector<HTMLElement>(".close")?.focus();
  }

  override render(): TemplateResult {
    const { name } = this;
    const others = this.users.filter(
      (user) => !this.shares.some((each) => each.user === user.name),
    );
    return html`
      <button
        class="button small"
        aria-label=${gettext("Share %(name)s", { name })}
        @click=${() => void this.#open()}
      >
        ${gettext("Share…")}
      </button>
      <dialog class="shares" aria-labelledby="shares-${this.library}">
        <h2 id="shares-${this.library}">${gettext("Share %(name)s", { name })}</h2>
        ${this.shares.length ? this.#list() : html`<p>${gettext("Only you see it.")}</p>`}
        ${
          others.length
            ? this.#form(others)
            : html`<p class="hint">
                ${
                  this.users.length
                    ? gettext("It is shared with all other users.")
                    : gettext("There is no other user. Who runs Kith adds users in Admin.")
                }
              </p>`
        }
        <footer>
          <button class="button close" @click=${() => this.dialog.close()}>
            ${gettext("Close")}
          </button>
        </footer>
      </dialog>
    `;
  }

  #list(): TemplateResult {
    return html`<ul>
      ${this.shares.map(
        (share) =>
          html`<li>
            <span class="user">${share.user}</span>
            ${this.#roles(
              share.role,
              gettext("What %(user)s may do", { user: share.user }),
              (role) => this.#change(share, role),
            )}
            <button
              class="button small"
              ?disabled=${this.busy}
              aria-label=${gettext("Share no more with %(user)s", { user: share.user })}
              @click=${() => void this.#end(share)}
            >
              ${gettext("Remove")}
            </button>
          </li>`,
      )}
    </ul>`;
  }

  #form(users: UserName[]): TemplateResult {
    return html`<form @submit=${(event: SubmitEvent) => this.#add(event)}>
      <select name="user" aria-label=${gettext("With whom")}>
        ${users.map(({ name }) => html`<option value=${name}>${name}</option>`)}
      </select>
      ${this.#roles("viewer", gettext("What the user may do"))}
      <button class="button small primary" ?disabled=${this.busy}>${gettext("Share")}</button>
    </form>`;
  }

  #roles(
    shown: ShareRole | undefined,
    label: string,
    change?: (role: ShareRole) => Promise<void>,
  ): TemplateResult {
    const roles = Object.entries(ROLES) as [ShareRole, () => string][];
    return html`<select
      name="role"
      aria-label=${label}
      @change=${({ target }: Event) => void change?.((target as HTMLSelectElement).value as ShareRole)}
    >
      ${roles.map(
        ([role, text]) =>
          html`<option value=${role} ?selected=${role === shown}>${text()}</option>`,
      )}
    </select>`;
  }
}
