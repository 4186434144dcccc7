// The one door to the server: typed calls of /api/, errors that a person can read.

import { tell } from "./events";
import { gettext } from "./text";
import type {
  Answer,
  Astray,
  BoxOnPhoto,
  Changes,
  Companion,
  Counts,
  Device,
  Dismissal,
  Face,
  FaceIds,
  Group,
  Job,
  JobItem,
  KnownOfPerson,
  Left,
  Library,
  LikelyPerson,
  MergePreview,
  Method,
  Month,
  Page,
  PeopleFilter,
  PeopleGroup,
  Person,
  PersonChange,
  PersonChanged,
  PersonShown,
  Photo,
  PhotoCard,
  Question,
  Recognition,
  SavedSearch,
  Scope,
  Tab,
  TrainingStanding,
} from "./types";

const NO_ANSWER = 0;
const PROXY_ALONE = [502, 503, 504];
/** A page that takes longer does not come. */
const LONGEST_READ_MS = 30_000;
/** So long a text still arrives when its page is left. */
const KEPT_ALIVE = 16_000;
/** So many faces tell who they are as well as more do, and their ids fit into an address. */
const FACES_ASKED = 200;

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
    return this.status === 401 || this.status === 403;
  }

  /** Whether Kith itself did not answer: nothing did, or a proxy in its stead. */
  get unreachable(): boolean {
    return this.status === NO_ANSWER || PROXY_ALONE.includes(this.status);
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

/**
 * Who faces are going to be: a known person, or one of that name. The faces of `left_out` are
 * said not to be this person.
 */
export type Naming = ({ person: number } | { name: string }) & { left_out?: number[] };

export interface FaceFilter extends Query {
  tab: Tab;
  method?: Method | undefined;
  person?: string | undefined;
  min_probability?: string | undefined;
  library?: string | undefined;
  taken_from?: string | undefined;
  taken_to?: string | undefined;
  sort?: string | undefined;
}

/** Faces by id; with the labels that the user has seen, what has another by now is left alone. */
export type Faces = number[] | Map<number, number | null | undefined>;

export const api = {
  faces: (filter: FaceFilter, limit: number, signal?: AbortSignal) =>
    get<Page<Face>>(withQuery("/api/faces/", { ...filter, limit }), signal),
  faceIds: (filter: FaceFilter) => get<FaceIds>(withQuery("/api/faces/ids/", filter)),
  groups: (filter: FaceFilter, signal?: AbortSignal) =>
    get<Group[]>(withQuery("/api/faces/groups/", filter), signal),
  counts: (filter: Query, signal?: AbortSignal) =>
    get<Counts>(withQuery("/api/faces/counts/", filter), signal),
  label: (faces: Faces, who: Naming) =>
    post<Changes>("/api/faces/label/", { ...selection(faces), ...who }),
  confirm: (guesses: Map<number, number>, method: Method) =>
    post<Changes>("/api/faces/confirm/", {
      faces: [...guesses.keys()],
      seen: Object.fromEntries(guesses),
      method,
    }),
  confirmAll: (filter: FaceFilter, training: number) =>
    post<Changes>("/api/faces/confirm/", { filter, method: filter.method, training }),
  reject: (faces: Faces, person: number) =>
    post<Changes>("/api/faces/reject/", { ...selection(faces), person }),
  unassign: (faces: Faces) => post<Changes>("/api/faces/unassign/", selection(faces)),
  dismiss: (faces: Faces) => post<Changes>("/api/faces/dismiss/", selection(faces)),
  photo: (id: number, signal?: AbortSignal) => get<Photo>(`/api/photos/${id}/`, signal),
  months: (source: string, signal?: AbortSignal) =>
    get<Month[]>(source.replace(/\/(?=\?|$)/, "/months/"), signal),
  photosOf: (source: string, query: Query, signal?: AbortSignal) =>
    get<Page<PhotoCard>>(withQuery(source, query), signal),
  facesOn: (photo: number, signal?: AbortSignal) =>
    get<Page<Face>>(withQuery("/api/faces/", { photo, limit: 500 }), signal),
  draw: (photo: number, box: BoxOnPhoto, moment: number | null, who: Naming | null) =>
    post<Changes>("/api/faces/", {
      photo,
      box,
      ...(moment === null ? {} : { time_offset: moment }),
      ...who,
    }),
  dismissals: (limit: number, signal?: AbortSignal) =>
    get<Page<Dismissal>>(withQuery("/api/dismissals/", { limit }), signal),
  restore: (dismissals: number[]) => post<Changes>("/api/dismissals/restore/", { dismissals }),
  undo: (event: number) => post<Changes>(`/api/events/${event}/undo/`, {}),
  people: (query: string, signal?: AbortSignal) =>
    get<Page<Person>>(withQuery("/api/people/", { kind: "named", q: query, limit: 50 }), signal),
  likely: (faces: number[], signal?: AbortSignal) =>
    get<LikelyPerson[]>(
      withQuery("/api/people/likely/", { faces: faces.slice(0, FACES_ASKED).join() }),
      signal,
    ),
  standing: () => get<TrainingStanding>("/api/trainings/standing/"),
  labelAll: (filter: FaceFilter, who: Naming) =>
    post<Changes>("/api/faces/label/", { filter, ...who }),
  split: (faces: number[], person: number) => post<Changes>("/api/faces/split/", { faces, person }),
  unknownPeople: (hidden: boolean, limit: number, signal?: AbortSignal) =>
    get<Page<PersonShown>>(withQuery("/api/people/", { kind: "unknown", hidden, limit }), signal),
  namedPeople: ({ q, sort, group, hidden }: PeopleFilter, limit: number, signal?: AbortSignal) =>
    get<Page<PersonShown>>(
      withQuery("/api/people/", { kind: "named", q, sort, group, hidden, limit }),
      signal,
    ),
  changePerson: (id: number, change: PersonChange) =>
    send<PersonChanged>("PATCH", `/api/people/${id}/`, change),
  deletePerson: (id: number, left: Left) =>
    send<Changes>("DELETE", `/api/people/${id}/?left=${left}`, {}),
  knownOfPerson: (id: number) => get<KnownOfPerson>(`/api/people/${id}/forget/`),
  forgetPerson: (id: number, guessed: boolean) =>
    post<unknown>(`/api/people/${id}/forget/`, { guessed }),
  previewMerge: (people: number[], into: number) =>
    post<MergePreview>("/api/people/merge/preview/", { people, into }),
  company: (id: number) => get<Companion[]>(`/api/people/${id}/company/`),
  astray: (id: number) => get<Astray[]>(`/api/people/${id}/astray/`),
  peopleGroups: () => get<Page<PeopleGroup>>("/api/groups/?limit=500"),
  makeGroup: (name: string, people: number[]) =>
    post<PeopleGroup>("/api/groups/", { name, people }),
  changeGroup: (id: number, change: { name?: string; add?: number[]; remove?: number[] }) =>
    send<PeopleGroup>("PATCH", `/api/groups/${id}/`, change),
  deleteGroup: (id: number) => send<null>("DELETE", `/api/groups/${id}/`, {}),
  person: (id: number) => get<PersonShown>(`/api/people/${id}/`),
  mergePeople: (people: number[], into: number) =>
    post<Changes>("/api/people/merge/", { people, into }),
  hidePerson: (id: number) => post<Changes>(`/api/people/${id}/hide/`, {}),
  showPerson: (id: number) => post<Changes>(`/api/people/${id}/show/`, {}),
  searches: () => get<Page<SavedSearch>>("/api/searches/?limit=500"),
  saveSearch: (name: string, query: object) => post<SavedSearch>("/api/searches/", { name, query }),
  removeSearch: (id: number) => send<null>("DELETE", `/api/searches/${id}/`, {}),
  devices: () => get<Page<Device>>("/api/tokens/?limit=500"),
  makeDevice: (name: string, scopes: Scope[], days: number) =>
    post<Device & { token: string }>("/api/tokens/", { name, scopes, days }),
  revokeDevice: (id: number) => send<null>("DELETE", `/api/tokens/${id}/`, {}),
  questions: (limit: number) => get<Page<Question>>(withQuery("/api/questions/", { limit })),
  answer: (question: number, answer: Answer) =>
    post<Changes>(`/api/questions/${question}/answer/`, { answer }),
  train: () => post<Job>("/api/trainings/", {}),
  scan: (library: number) => post<Job>(`/api/libraries/${library}/scan/`, {}),
  rescan: (library: number, restoreDismissed: boolean) =>
    post<Job>(`/api/libraries/${library}/rescan/`, { restore_dismissed: restoreDismissed }),
  readNames: (library: number, reads: boolean) =>
    send<Library>("PATCH", `/api/libraries/${library}/`, { reads_names: reads }),
  recognition: (library: number) => get<Recognition>(`/api/libraries/${library}/recognition/`),
  recognise: (library: number, on: boolean, remove: boolean) =>
    post<Recognition>(`/api/libraries/${library}/recognition/`, { on, remove }),
  writeNames: (library: number, intoFiles: boolean) =>
    post<Job>("/api/names/write/", { library, into_files: intoFiles }),
  startJob: (address: string, body: object) => post<Job>(address, body),
  activeJobs: () => get<Page<Job>>("/api/jobs/?active=true"),
  job: (id: number) => get<Job>(`/api/jobs/${id}/`),
  jobItems: (id: number) => get<Page<JobItem>>(`/api/jobs/${id}/items/`),
  cancelJob: (id: number) => post<Job>(`/api/jobs/${id}/cancel/`, {}),
  pauseJob: (id: number) => post<Job>(`/api/jobs/${id}/pause/`, {}),
  resumeJob: (id: number) => post<Job>(`/api/jobs/${id}/resume/`, {}),
  retryJob: (id: number) => post<Job>(`/api/jobs/${id}/retry/`, {}),
  retryFailed: (id: number) => post<Job>(`/api/jobs/${id}/retry/`, { failed_only: true }),
  next: <T>(url: string, signal?: AbortSignal) => get<Page<T>>(samePlace(url), signal),
};

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

/** What became of a file that was sent. */
export interface Taken {
  name: string;
  outcome: "added" | "known" | "refused";
  photo: number | null;
  reason: string;
}

/** A file on its way, in pieces; `offset` bytes have arrived. */
export interface Upload {
  id: number;
  offset: number;
}

export const uploads = {
  begin: (name: string, size: number) => post<Upload>("/api/uploads/", { name, size }),
  standing: (upload: number) => get<Upload>(`/api/uploads/${upload}/`),
  piece: (upload: number, offset: number, content: Blob) =>
    request<{ offset: number; taken: Taken | null }>(`/api/uploads/${upload}/`, {
      method: "PATCH",
      headers: {
        "Content-Type": "application/octet-stream",
        "Upload-Offset": String(offset),
        "X-CSRFToken": csrfToken(),
      },
      body: content,
    }),
};

function get<T>(url: string, signal?: AbortSignal): Promise<T> {
  const tooLong = AbortSignal.timeout(LONGEST_READ_MS);
  return request<T>(url, { signal: signal ? AbortSignal.any([signal, tooLong]) : tooLong });
}

function post<T>(url: string, body: object): Promise<T> {
  return send<T>("POST", url, body);
}

function send<T>(method: "POST" | "PATCH" | "DELETE", url: string, body: object): Promise<T> {
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

async function request<T>(url: string, options: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options });
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

/** What the API says of an error (RFC 9457); a proxy in front of it may say anything. */
interface Problem {
  detail?: string;
  errors?: { field: string; detail: string }[];
}

function problemIn(answer: unknown): Problem {
  return answer && typeof answer === "object" ? answer : {};
}

function explain(status: number, { detail }: Problem): string {
  if (status >= 500) {
    return gettext("The server had an error (%(status)s). KITH_HOME/logs/web.log says more.", {
      status,
    });
  }
  return detail || gettext("The server refused this (%(status)s).", { status });
}

/** What is wrong with each field of a form; what is within one, such as "aliases.2", is its, too. */
function fieldsOf({ errors = [] }: Problem): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const { field, detail } of errors) {
    const [name = ""] = field.split(".");
    fields[name] = fields[name] ? `${fields[name]} ${detail}` : detail;
  }
  return fields;
}

function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") search.set(name, String(value));
  }
  if (!search.size) return path;
  return `${path}${path.includes("?") ? "&" : "?"}${search}`;
}

/** Keep path and query of the API's absolute links: behind a proxy their host may not be ours. */
function samePlace(url: string): string {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}

function selection(faces: Faces): object {
  if (Array.isArray(faces)) return { faces };
  return { faces: [...faces.keys()], labels: Object.fromEntries(faces) };
}

function csrfToken(): string {
  return document.cookie.match(/(?:^|;\s*)csrftoken=([^;]*)/)?.[1] ?? "";
}
