// Selecting by dragging a rectangle with the mouse, and by a long press on a touch screen.

const DRAG_PX = 6;
const LONG_PRESS_MS = 450;

export interface PointerTarget {
  /** The rectangle being drawn, in px of the page's viewport; null when it is done. */
  drag(area: DOMRect | null): void;
  /** A finger stayed on this face. */
  longPress(face: number): void;
}

/** Watch the pointer on a board until `signal` aborts. */
export function watchPointer(board: HTMLElement, target: PointerTarget, signal: AbortSignal): void {
  const options = { signal };
  board.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 0) return;
      if (event.pointerType === "touch") watchPress(board, event, target);
      else watchDrag(board, event, target);
    },
    options,
  );
  // A long press is ours: no menu of the browser's over it.
  board.addEventListener(
    "contextmenu",
    (event) => {
      if (event.pointerType === "touch") event.preventDefault();
    },
    options,
  );
}

function watchDrag(board: HTMLElement, start: PointerEvent, target: PointerTarget): void {
  if ((start.target as Element).closest("input, a, .act, header button")) return;
  const done = new AbortController();
  let dragging = false;
  const move = (event: PointerEvent): void => {
    const width = event.clientX - start.clientX;
    const height = event.clientY - start.clientY;
    if (!dragging && Math.hypot(width, height) < DRAG_PX) return;
    if (!dragging) {
      dragging = true;
      board.setPointerCapture(start.pointerId);
      dropNextClick(board);
    }
    target.drag(
      new DOMRect(
        Math.min(start.clientX, event.clientX),
        Math.min(start.clientY, event.clientY),
        Math.abs(width),
        Math.abs(height),
      ),
    );
  };
  const end = (): void => {
    done.abort();
    if (dragging) target.drag(null);
  };
  const { signal } = done;
  board.addEventListener("pointermove", move, { signal });
  for (const name of ["pointerup", "pointercancel"]) board.addEventListener(name, end, { signal });
  // Let go outside of the board, without a drag that has captured the pointer.
  window.addEventListener("pointerup", end, { signal });
}

function watchPress(board: HTMLElement, start: PointerEvent, target: PointerTarget): void {
  const card = (start.target as Element).closest<HTMLElement>(".crop")?.parentElement;
  if (!card?.dataset.face) return;
  const face = Number(card.dataset.face);
  const done = new AbortController();
  const timer = setTimeout(() => {
    dropNextClick(board);
    target.longPress(face);
  }, LONG_PRESS_MS);
  const end = (): void => {
    clearTimeout(timer);
    done.abort();
  };
  // Whoever scrolls does not press.
  for (const name of ["pointerup", "pointercancel", "pointermove"] as const) {
    board.addEventListener(
      name,
      (event) => {
        const far = Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY);
        if (name !== "pointermove" || far > DRAG_PX * 2) end();
      },
      { signal: done.signal },
    );
  }
}

/** Take away the click that ends a drag or a long press, if one comes. */
function dropNextClick(board: HTMLElement): void {
  const done = new AbortController();
  const drop = (event: Event): void => {
    event.stopPropagation();
    event.preventDefault();
    done.abort();
  };
  board.addEventListener("click", drop, { capture: true, signal: done.signal });
  window.addEventListener("pointerdown", () => done.abort(), {
    signal: done.signal,
    capture: true,
  });
}
