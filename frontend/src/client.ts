// How the server is asked: calls that are typed by its OpenAPI schema, errors that a person can read.

import { tell } from "./events";
import type { paths, Problem } from "./schema";
import { gettext } from "./text";
import { inWorld } from "./world";

const NO_ANSWER = 0;
const PROXY_ALONE = [502, 503, 504];
/** A page that takes longer does not come. */
const LONGEST_READ_MS = 30_000;
/** So long a text still arrives when its page is left. */
const KEPT_ALIVE = 16_000;

type Method = "get" | "post" | "patch" | "put" | "delete";
type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths];
type Operation<P extends keyof paths, M extends Method> = paths[P][M & keyof paths[P]];
type Parameters<O, In extends string> = O extends { parameters: infer All }
  ? In extends keyof All
    ? Exclude<All[In], undefined>
    : never
  : never;
type BodyOf<O> = O extends { requestBody?: { content: { "application/json": infer B } } }
  ? B
  : object;
type Told<R, S extends keyof R> = R[S] extends { content: { "application/json": infer A } }
  ? A
  : never;
type AnswerOf<O> = O extends { responses: infer R } ? Told<R, keyof R & (200 | 201 | 202)> : never;

/** What a call needs besides its path: what stands in the path, in the query, in the body. */
export interface Wanted<O> {
  path?: Parameters<O, "path">;
  query?: Loose<Parameters<O, "query">>;
  body?: BodyOf<O>;
  signal?: AbortSignal | undefined;
}

/** Numbers come as text from addresses; what is empty is not sent. */
type Loose<Q> = { [N in keyof Q]?: Q[N] | string | null | undefined };

/** A call that failed; `message` says to the user what happened. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    /** What is wrong with which field. */
    readonly fields: Record<string, string> = {},
  ) {
    super(message);
  }

  get signedOut(): boolean {
    return this.status === 401;
  }

  /** Whether Kith itself did not answer: nothing did, or a proxy in its stead. */
  get unreachable(): boolean {
    return this.status === NO_ANSWER || PROXY_ALONE.includes(this.status);
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Whether Kith answers at all, be it that the user is signed out. */
export async function serverAnswers(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(LONGEST_READ_MS);
    const { status } = await fetch("/api/jobs/?active=true&limit=1", { cache: "no-store", signal });
    return !PROXY_ALONE.includes(status);
  } catch {
    return false;
  }
}

const writing = new Set<Promise<unknown>>();

/** Wait until what is being written has been answered, and those who asked know the answer. */
export async function settled(): Promise<void> {
  while (writing.size) {
    await Promise.allSettled(writing);
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Read what is at a path of the API. */
export function get<P extends PathOf<"get">>(
  path: P,
  { signal, ...wanted }: Wanted<Operation<P, "get">> = {},
): Promise<AnswerOf<Operation<P, "get">>> {
  return read(address(path, wanted), signal);
}

/** Read from an address as the server, or a page, gives it. */
export function read<T>(url: string, signal?: AbortSignal): Promise<T> {
  const tooLong = AbortSignal.timeout(LONGEST_READ_MS);
  return request<T>(url, { signal: signal ? AbortSignal.any([signal, tooLong]) : tooLong });
}

export function post<P extends PathOf<"post">>(path: P, wanted: Wanted<Operation<P, "post">> = {}) {
  return write<AnswerOf<Operation<P, "post">>>("POST", address(path, wanted), wanted.body);
}

export function patch<P extends PathOf<"patch">>(path: P, wanted: Wanted<Operation<P, "patch">>) {
  return write<AnswerOf<Operation<P, "patch">>>("PATCH", address(path, wanted), wanted.body);
}

export function remove<P extends PathOf<"delete">>(
  path: P,
  wanted: Wanted<Operation<P, "delete">>,
) {
  return write<AnswerOf<Operation<P, "delete">>>("DELETE", address(path, wanted), wanted.body);
}

/** Write to an address as a page gives it. */
export function write<T>(method: string, url: string, body: unknown = {}): Promise<T> {
  const text = JSON.stringify(body);
  const answer = request<T>(url, {
    method,
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: text,
    // What was said is done though the user goes to another page at once; browsers refuse it for
    // much text.
    keepalive: text.length < KEPT_ALIVE,
  });
  writing.add(answer);
  const done = (): unknown => writing.delete(answer);
  answer.then(done, done);
  return answer;
}

/** Send bytes of a file. */
export function sendBytes<T>(url: string, offset: number, body: Blob): Promise<T> {
  return request<T>(url, {
    method: "PATCH",
    headers: {
      "Content-Type": "application/octet-stream",
      "Upload-Offset": String(offset),
      "X-CSRFToken": csrfToken(),
    },
    body,
  });
}

export type Query = Record<string, string | number | boolean | null | undefined>;

/** Return an address with a query; what is empty is left out. */
export function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  if (!search.size) return path;
  return `${path}${path.includes("?") ? "&" : "?"}${search}`;
}

function address(template: string, { path = {}, query = {} }: { path?: object; query?: object }) {
  const known = new Map<string, unknown>(Object.entries(path));
  const place = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(known.get(name))),
  );
  return withQuery(place, query as Query);
}

async function request<T>(url: string, options: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(inWorld(url), { credentials: "same-origin", ...options });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw lost(NO_ANSWER);
  }
  if (PROXY_ALONE.includes(response.status)) throw lost(response.status);
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) {
    const problem = problemIn(answer);
    throw new ApiError(explain(response.status, problem), response.status, fieldsOf(problem));
  }
  return answer as T;
}

function lost(status: number): ApiError {
  tell("server-lost", undefined);
  return new ApiError(gettext("Kith does not answer."), status);
}

/** What the API says of an error; a proxy in front of it may say anything. */
function problemIn(answer: unknown): Partial<Problem> {
  return answer && typeof answer === "object" ? answer : {};
}

function explain(status: number, { detail }: Partial<Problem>): string {
  if (status >= 500) {
    return gettext("The server had an error (%(status)s). KITH_HOME/logs/web.log says more.", {
      status,
    });
  }
  return detail || gettext("The server refused this (%(status)s).", { status });
}

/** What is wrong with each field of a form; what is within one, such as "aliases.2", is its, too. */
function fieldsOf({ errors = [] }: Partial<Problem>): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const { field, detail } of errors) {
    const [name = ""] = field.split(".");
    fields[name] = fields[name] ? `${fields[name]} ${detail}` : detail;
  }
  return fields;
}

function csrfToken(): string {
  return document.cookie.match(/(?:^|;\s*)csrftoken=([^;]*)/)?.[1] ?? "";
}
