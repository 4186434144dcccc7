// Where the arrow keys lead in a grid whose rows are only known from the layout.

const STEPS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];

/** Return the card that `key` leads to from `card`, or null where the grid ends. */
export function step(cards: HTMLElement[], card: HTMLElement, key: string): HTMLElement | null {
  if (!STEPS.includes(key)) return null;
  const at = cards.indexOf(card);
  if (key === "ArrowLeft") return cards[at - 1] ?? null;
  if (key === "ArrowRight") return cards[at + 1] ?? null;
  if (key === "Home") return cards[0] ?? null;
  if (key === "End") return cards.at(-1) ?? null;
  const ahead = key === "ArrowDown" ? cards.slice(at + 1) : cards.slice(0, at).reverse();
  return nearestInNextRow(ahead, card);
}

function nearestInNextRow(ahead: HTMLElement[], card: HTMLElement): HTMLElement | null {
  const { offsetTop: from, offsetLeft: left } = card;
  const first = ahead.find((each) => each.offsetTop !== from);
  if (!first) return null;
  let best = first;
  for (const each of ahead.slice(ahead.indexOf(first))) {
    if (each.offsetTop !== first.offsetTop) break;
    if (Math.abs(each.offsetLeft - left) < Math.abs(best.offsetLeft - left)) best = each;
  }
  return best;
}
