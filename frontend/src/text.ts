// Words and numbers as people read them. Django's JavaScript catalogue, where a page loads one,
// translates; without it the English strings stand.

interface Catalogue {
  gettext(text: string): string;
  ngettext(one: string, many: string, count: number): string;
}

type Values = Record<string, string | number>;

const catalogue = (globalThis as { django?: Catalogue }).django;
const language = document.documentElement.lang || "en";
/** Hebrew, Arabic and their neighbours. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufefc]/;
const numbers = new Intl.NumberFormat(language);

/** Translate `text` and fill its `%(name)s` places. */
export function gettext(text: string, values: Values = {}): string {
  return fill(catalogue?.gettext(text) ?? text, values);
}

/** Translate the form of the text that fits `count`, which fills its `%(count)s` place. */
export function ngettext(one: string, many: string, count: number, values: Values = {}): string {
  const text = catalogue?.ngettext(one, many, count) ?? (count === 1 ? one : many);
  return fill(text, { ...values, count: number(count) });
}

export function number(value: number): string {
  return numbers.format(value);
}

/** Join words or numbers with commas, as the language does. */
export function list(parts: string[]): string {
  return new Intl.ListFormat(language, { type: "unit" }).format(parts);
}

/** Show a probability (0–1) as whole percent, rounded down so that only certainty reads 100 %. */
export function percent(probability: number): string {
  // The addend undoes binary fractions: 0.29 * 100 is 28.999999999999996.
  return `${Math.floor(probability * 100 + 1e-9)}\u00a0%`;
}

/** Say from when to when (ISO), as shortly as it can be told: "2014 – 2019", "Mar – May 2014". */
export function dateSpan(first: string, last: string): string {
  // Days without their time are read as UTC, and so they are to be said.
  const [from, to] = [first.slice(0, 10), last.slice(0, 10)];
  const utc: Intl.DateTimeFormatOptions = { timeZone: "UTC", year: "numeric" };
  if (from.slice(0, 4) === to.slice(0, 4)) {
    utc.month = "short";
    if (from.slice(0, 7) === to.slice(0, 7)) utc.day = "numeric";
  }
  return new Intl.DateTimeFormat(language, utc).formatRange(new Date(from), new Date(to));
}

/** Say the name of a month: "2019-07" is July 2019. */
export function monthName(month: string): string {
  if (month === "none") return gettext("Without a date");
  const options = { timeZone: "UTC", year: "numeric", month: "long" } as const;
  return new Date(`${month}-01`).toLocaleDateString(language, options);
}

/** Say how old somebody is: in months before the second birthday, then in years. */
export function ageOf(months: number): string {
  if (months < 24) return ngettext("%(count)s month old", "%(count)s months old", months);
  return ngettext("%(count)s year old", "%(count)s years old", Math.floor(months / 12));
}

/** Say the day of a moment (ISO) in full. */
export function dayOf(moment: string): string {
  return new Date(moment).toLocaleDateString(language, { dateStyle: "long" });
}

/** Say seconds as players of videos do: 1:05, 1:02:03. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, at) => (at ? String(part).padStart(2, "0") : part)).join(":");
}

/** Keep a name that is written from right to left from turning round what stands beside it. */
export function isolated(name: string): string {
  return RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name;
}

function fill(text: string, values: Values): string {
  return text.replace(/%\((\w+)\)s/g, (place, name: string) => {
    const value = values[name] ?? place;
    return typeof value === "string" ? isolated(value) : String(value);
  });
}
