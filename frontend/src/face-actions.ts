// What can be done to faces: each asks the server and says to the user what came of it.

import { api, type FaceFilter, type Faces, type Naming } from "./api";
import { toast } from "./events";
import { gettext, ngettext } from "./text";
import type { BoxOnPhoto, Changes, Method } from "./types";

export async function label(faces: Faces, who: Naming): Promise<Changes> {
  const changes = await api.label(faces, who);
  const name = changes.person?.display_name ?? "";
  return say(changes, (count) =>
    ngettext("%(count)s face is %(name)s.", "%(count)s faces are %(name)s.", count, { name }),
  );
}

/** Confirm guesses: whom the user was shown, by face. */
export async function confirm(guesses: Map<number, number>, method: Method): Promise<Changes> {
  return say(await api.confirm(guesses, method), confirmed);
}

/** Confirm all guesses of a filter, as long as those of this training stand. */
export async function confirmAll(filter: FaceFilter, training: number): Promise<Changes> {
  return say(await api.confirmAll(filter, training), confirmed);
}

export async function reject(faces: Faces, person: number): Promise<Changes> {
  return say(await api.reject(faces, person), (count) =>
    ngettext("%(count)s face rejected.", "%(count)s faces rejected.", count),
  );
}

export async function unassign(faces: Faces): Promise<Changes> {
  return say(await api.unassign(faces), (count) =>
    ngettext("%(count)s face unassigned.", "%(count)s faces unassigned.", count),
  );
}

/** Say that faces of an unknown person are somebody else, who is unknown so far. */
export async function split(faces: number[], person: number): Promise<Changes> {
  const changes = await api.split(faces, person);
  const name = changes.person?.display_name ?? "";
  return say(changes, (count) =>
    ngettext("%(count)s face is %(name)s.", "%(count)s faces are %(name)s.", count, { name }),
  );
}

/** Let a face stand for its person. */
export async function cover(face: number, person: number): Promise<void> {
  const { display_name, event } = await api.changePerson(person, { cover: face });
  toast(gettext("This face stands for %(name)s.", { name: display_name }), "good", event);
}

export async function dismiss(faces: Faces): Promise<Changes> {
  return say(await api.dismiss(faces), deleted);
}

/**
 * Make a face of a place where none was found, in a video at a moment (seconds); null for a name
 * that is open.
 */
export async function draw(
  photo: number,
  box: BoxOnPhoto,
  moment: number | null,
  who: Naming | null,
): Promise<Changes> {
  const changes = await api.draw(photo, box, moment, who);
  const name = changes.person?.display_name;
  return say(changes, () =>
    name ? gettext("You drew %(name)s.", { name }) : gettext("You drew a face."),
  );
}

export async function restore(dismissals: number[]): Promise<Changes> {
  return say(await api.restore(dismissals), (count) =>
    ngettext("%(count)s face is back.", "%(count)s faces are back.", count),
  );
}

/** Take back what an event of the history did. */
export async function undo(event: number): Promise<Changes> {
  const changes = say(await api.undo(event), (count) =>
    ngettext("Undone: %(count)s face.", "Undone: %(count)s faces.", count),
  );
  if (!changes.changed.length && !changes.skipped.length) toast(gettext("Undone."));
  return changes;
}

function confirmed(count: number): string {
  return ngettext("%(count)s face confirmed.", "%(count)s faces confirmed.", count);
}

function deleted(count: number): string {
  return ngettext("%(count)s face deleted.", "%(count)s faces deleted.", count);
}

/** Tell the user how many faces changed, and of those that did not, why. */
export function say(changes: Changes, text: (count: number) => string): Changes {
  const { changed, skipped, event } = changes;
  if (changed.length) toast(text(changed.length), "good", event);
  if (skipped.length) toast(leftOut(skipped), "bad");
  return changes;
}

function leftOut(skipped: Changes["skipped"]): string {
  const reason = skipped[0]?.reason ?? "";
  return ngettext(
    "%(count)s face stays as it was: %(reason)s",
    "%(count)s faces stay as they were: %(reason)s",
    skipped.length,
    { reason },
  );
}
