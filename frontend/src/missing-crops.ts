// A face whose picture does not come is shown as a person without a face, not as a broken picture.

const NOBODY =
  "data:image/svg+xml," +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">' +
      '<path fill="#8a909a" fill-opacity=".25" d="M0 0h48v48H0z"/>' +
      '<g fill="#8a909a"><circle cx="24" cy="19" r="8"/><path d="M8 44c1-10 7-14 16-14s15 4 16 14z"/>' +
      "</g></svg>",
  );

/** Watch all pictures of faces of the page, those that come later, too. */
export function watchCrops(): void {
  // The error of a picture does not bubble, but it can be caught on its way down.
  document.addEventListener("error", (event) => replace(event.target), { capture: true });
}

function replace(picture: EventTarget | null): void {
  if (picture instanceof HTMLImageElement && /\/crops?\//.test(picture.src)) picture.src = NOBODY;
}
