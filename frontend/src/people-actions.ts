// What can be done to people nobody has named: each asks the server and says what came of it.

import { api, type Naming } from "./api";
import { toast } from "./events";
import { say } from "./face-actions";
import { gettext, ngettext } from "./text";
import type { Changes, PersonRef } from "./types";

/** Label all faces of an unknown person; what else it is thought to be stays a guess. */
export async function name(person: PersonRef, who: Naming): Promise<Changes> {
  const filter = { tab: "unknown", person: String(person.id) } as const;
  const changes = await api.labelAll(filter, who);
  const named = changes.person?.display_name ?? "";
  return say(changes, (count) =>
    ngettext("%(count)s face is %(name)s.", "%(count)s faces are %(name)s.", count, {
      name: named,
    }),
  );
}

/** Say that people are one: `into`, who takes the faces of the others. */
export async function merge(people: number[], into: number): Promise<Changes> {
  const changes = await api.mergePeople(people, into);
  const text = ngettext(
    "%(count)s person is one with %(name)s.",
    "%(count)s people are one with %(name)s.",
    people.length,
    { name: changes.person?.display_name ?? "" },
  );
  toast(text, "good", changes.event);
  return changes;
}

/** Say that somebody is a stranger whom nobody is going to name. */
export async function hide({ id, display_name }: PersonRef): Promise<Changes> {
  const changes = await api.hidePerson(id);
  toast(gettext("%(name)s is hidden.", { name: display_name }), "good", changes.event);
  return changes;
}

export async function show({ id, display_name }: PersonRef): Promise<Changes> {
  const changes = await api.showPerson(id);
  toast(gettext("%(name)s is shown again.", { name: display_name }), "good", changes.event);
  return changes;
}

export async function favour(
  { id, display_name }: PersonRef,
  is_favourite: boolean,
): Promise<void> {
  const { event } = await api.changePerson(id, { is_favourite });
  const values = { name: display_name };
  const text = is_favourite
    ? gettext("%(name)s is a favourite.", values)
    : gettext("%(name)s is no favourite any more.", values);
  toast(text, "good", event);
}
