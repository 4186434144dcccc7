// What is known of a photo, beside it: when, with what and where it was taken, who is in it, and
// its file.

import { html, nothing, type TemplateResult } from "lit";

import { gettext, number } from "./text";
import type { Exif, Face, PersonRef, Photo } from "./types";

const MEGA = 1_000_000;

export function photoAbout(photo: Photo, faces: Face[]): TemplateResult {
  const people = peopleOn(faces);
  const facts = factsOf(photo).filter(([, fact]) => fact);
  return html`
    <aside class="about" aria-label=${gettext("About this photo")}>
      ${
        people.length
          ? html`<h2>${gettext("People")}</h2>
              <ul>
                ${people.map(
                  ({ id, display_name }) =>
                    html`<li><a href="/people/${id}/">${display_name}</a></li>`,
                )}
              </ul>`
          : nothing
      }
      <h2>${gettext("Photo")}</h2>
      <dl>
        ${facts.map(
          ([name, fact]) =>
            html`<dt>${name}</dt>
              <dd>${fact}</dd>`,
        )}
      </dl>
      <a class="button small" href="/api/photos/${photo.id}/original/?download" download>
        ${gettext("Download the original")}
      </a>
    </aside>
  `;
}

/** Return those named on a photo, each once, in the order of the faces. */
function peopleOn(faces: Face[]): PersonRef[] {
  const people = new Map<number, PersonRef>();
  for (const { person } of faces) if (person?.name) people.set(person.id, person);
  return [...people.values()];
}

function factsOf(photo: Photo): [string, string][] {
  const { exif, width, height } = photo;
  const taken = exif.taken_at ?? photo.taken_at;
  const megapixels = (width * height) / MEGA;
  return [
    [gettext("Taken"), taken ? momentOf(taken) : gettext("Without a date")],
    [gettext("Camera"), exif.camera],
    [gettext("Lens"), exif.lens],
    [gettext("Exposure"), exposureOf(exif)],
    [gettext("Place"), placeOf(exif)],
    [
      gettext("Size"),
      width
        ? gettext("%(width)s × %(height)s pixels, %(megapixels)s megapixels", {
            width,
            height,
            megapixels: number(Math.round(megapixels * 10) / 10),
          })
        : "",
    ],
    [gettext("File"), photo.path],
    [gettext("File size"), sizeOf(photo.size)],
  ];
}

function exposureOf({ exposure_seconds, f_number, iso, focal_length_mm }: Exif): string {
  const parts = [
    exposure_seconds ? timeOf(exposure_seconds) : "",
    f_number ? `f/${number(f_number)}` : "",
    iso ? `ISO ${iso}` : "",
    focal_length_mm ? `${number(focal_length_mm)} mm` : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

/** Say how long the shutter was open: 1/250 s. */
function timeOf(seconds: number): string {
  return seconds < 0.4 ? `1/${Math.round(1 / seconds)} s` : `${number(seconds)} s`;
}

function placeOf({ latitude, longitude, altitude_m }: Exif): string {
  if (latitude === null || longitude === null) return "";
  const north = `${Math.abs(latitude).toFixed(5)}° ${latitude < 0 ? "S" : "N"}`;
  const east = `${Math.abs(longitude).toFixed(5)}° ${longitude < 0 ? "W" : "E"}`;
  const height = altitude_m === null ? "" : `, ${Math.round(altitude_m)} m`;
  return `${north}, ${east}${height}`;
}

/** Say a moment as the camera's clock showed it, or in the user's time where a zone is known. */
function momentOf(moment: string): string {
  const options = { dateStyle: "full", timeStyle: "short" } as const;
  return new Date(moment).toLocaleString(document.documentElement.lang, options);
}

function sizeOf(bytes: number): string {
  if (bytes < MEGA) return `${number(Math.max(1, Math.round(bytes / 1000)))} kB`;
  return `${number(Math.round(bytes / MEGA / 0.1) / 10)} MB`;
}
