// Which presses of a key are the page's own.

/** Whether a key is typed into a field, or meant for a pop-up. */
export function isTyping(event: KeyboardEvent): boolean {
  const field = "input:not([type=checkbox]), textarea, select, dialog";
  return (event.target as Element).closest(field) !== null;
}
