// Whose photos and people the page shows, and what the user may do with them.

/** Parts of the API that speak of one owner's photos and people, whom an address names. */
const OF_WORLDS = ["faces", "people", "photos", "search/photos", "dismissals", "events"];

/** The user's own are shown: everything may be done. */
export function isOwn(): boolean {
  return !document.body.dataset.owner;
}

/** The user may say who is who, in some of these photos at least. */
export function mayLabel(): boolean {
  return document.body.dataset.role !== "viewer";
}

/** Return the address in the API with the owner whose photos the page shows. */
export function inWorld(address: string): string {
  const { owner } = document.body.dataset;
  if (!owner || !OF_WORLDS.some((each) => address.startsWith(`/api/${each}/`))) return address;
  const [path = "", query = ""] = address.split("?");
  const search = new URLSearchParams(query);
  search.set("owner", owner);
  return `${path}?${search}`;
}
