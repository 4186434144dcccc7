// <device-list>: the phones and programs that may sign in, with an end to each.

import { html, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";

import { api } from "../api";
import { toast } from "../events";
import { KithElement } from "../kith-element";
import { messageOf } from "../message";
import { dayOf, gettext, list } from "../text";
import type { Device, Scope } from "../types";
import type { ConfirmDialog } from "./confirm-dialog";
import type { DeviceDialog } from "./device-dialog";

const WORDS: Record<Scope, () => string> = {
  read: () => gettext("look"),
  label: () => gettext("say who is who"),
  manage: () => gettext("change all else"),
};

@customElement("device-list")
export class DeviceList extends KithElement {
  @query("device-dialog") private dialog!: DeviceDialog;
  @query("confirm-dialog") private confirm!: ConfirmDialog;
  @query("#new-device") private button!: HTMLButtonElement;
  @state() private devices: Device[] | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      this.devices = (await api.devices()).results;
    } catch (error) {
      toast(messageOf(error), "bad");
    }
  }

  async #add(): Promise<void> {
    if (await this.dialog.ask()) await this.#load();
  }

  async #revoke(device: Device): Promise<void> {
    const { name } = device;
    const sure = await this.confirm.ask(
      gettext("Revoke the token of %(name)s?", { name }),
      gettext("The device is signed out at once. It can be let in again with a new token."),
      gettext("Revoke"),
    );
    if (!sure) return;
    try {
      await api.revokeDevice(device.id);
      toast(gettext("%(name)s is signed out.", { name }));
      await this.#load();
      this.button.focus();
    } catch (error) {
      toast(messageOf(error), "bad");
    }
  }

  override render(): TemplateResult {
    return html`
      ${this.devices?.length ? this.#table(this.devices) : html`<p>${this.#none}</p>`}
      <button id="new-device" class="button" @click=${() => void this.#add()}>
        ${gettext("New device…")}
      </button>
      <device-dialog></device-dialog>
      <confirm-dialog></confirm-dialog>
    `;
  }

  get #none(): string {
    return this.devices ? gettext("There is no device yet.") : "";
  }

  #table(devices: Device[]): TemplateResult {
    const [may, used, ends] = [gettext("May"), gettext("Last used"), gettext("Ends")];
    return html`<table class="rows">
      <thead>
        <tr>
          <th scope="col">${gettext("Device")}</th>
          <th scope="col">${may}</th>
          <th scope="col">${used}</th>
          <th scope="col">${ends}</th>
          <th scope="col"><span class="visually-hidden">${gettext("Actions")}</span></th>
        </tr>
      </thead>
      <tbody>
        ${devices.map(
          (device) =>
            html`<tr>
              <th scope="row">${device.name}<br /><span class="hint">${device.prefix}…</span></th>
              <td data-label=${may}>${list(device.scopes.map((scope) => WORDS[scope]()))}</td>
              <td data-label=${used}>
                ${device.last_used_at ? dayOf(device.last_used_at) : gettext("never")}
              </td>
              <td data-label=${ends}>${dayOf(device.expires_at)}</td>
              <td class="actions">
                <button
                  class="button small"
                  aria-label=${gettext("Revoke the token of %(name)s", { name: device.name })}
                  @click=${() => void this.#revoke(device)}
                >
                  ${gettext("Revoke")}
                </button>
              </td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }
}
