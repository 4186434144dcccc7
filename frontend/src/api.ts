// The one door to the server: every call of the pages by its name.

import { get, patch, post, read, remove, sendBytes, withQuery, write, type Query } from "./client";
import type { SelectionFilterRequest } from "./schema";
import type {
  Answer,
  BoxOnPhoto,
  Job,
  Left,
  Method,
  Month,
  Page,
  PeopleFilter,
  PersonChange,
  PhotoCard,
  Progress,
  Scope,
  ShareRole,
  Tab,
} from "./types";

export type { Query } from "./client";
export { ApiError, isAbort, serverAnswers, settled } from "./client";

/** So many faces tell who they are as well as more do, and their ids fit into an address. */
const FACES_ASKED = 200;

/** As many as the API tells. */
const MOST_SIMILAR = 200;

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
    get("/api/faces/", { query: { ...filter, limit }, signal }),
  faceIds: (filter: FaceFilter) => get("/api/faces/ids/", { query: filter }),
  groups: (filter: FaceFilter, signal?: AbortSignal) =>
    get("/api/faces/groups/", { query: filter, signal }),
  counts: (filter: Query, signal?: AbortSignal) =>
    get("/api/faces/counts/", { query: filter, signal }),
  similar: (id: number, signal?: AbortSignal) =>
    get("/api/faces/{id}/similar/", { path: { id }, query: { limit: MOST_SIMILAR }, signal }),
  label: (faces: Faces, who: Naming) =>
    post("/api/faces/label/", { body: { ...selection(faces), ...who } }),
  confirm: (guesses: Map<number, number>, method: Method) =>
    post("/api/faces/confirm/", {
      body: {
        faces: [...guesses.keys()],
        seen: Object.fromEntries(guesses),
        method,
      },
    }),
  confirmAll: (filter: FaceFilter, training: number) =>
    post("/api/faces/confirm/", {
      body: { filter: inBody(filter), method: filter.method, training },
    }),
  reject: (faces: Faces, person: number) =>
    post("/api/faces/reject/", { body: { ...selection(faces), person } }),
  unassign: (faces: Faces) => post("/api/faces/unassign/", { body: selection(faces) }),
  dismiss: (faces: Faces) => post("/api/faces/dismiss/", { body: selection(faces) }),
  photo: (id: number, signal?: AbortSignal) => get("/api/photos/{id}/", { path: { id }, signal }),
  months: (source: string, signal?: AbortSignal) =>
    read<Month[]>(source.replace(/\/(?=\?|$)/, "/months/"), signal),
  photosOf: (source: string, query: Query, signal?: AbortSignal) =>
    read<Page<PhotoCard>>(withQuery(source, query), signal),
  facesOn: (photo: number, signal?: AbortSignal) =>
    get("/api/faces/", { query: { photo, limit: 500 }, signal }),
  draw: (photo: number, box: BoxOnPhoto, moment: number | null, who: Naming | null) =>
    post("/api/faces/", {
      body: {
        photo,
        box,
        ...(moment === null ? {} : { time_offset: moment }),
        ...who,
      },
    }),
  dismissals: (limit: number, signal?: AbortSignal) =>
    get("/api/dismissals/", { query: { limit }, signal }),
  restore: (dismissals: number[]) => post("/api/dismissals/restore/", { body: { dismissals } }),
  undo: (event: number) => post("/api/events/{id}/undo/", { path: { id: event } }),
  people: (query: string, signal?: AbortSignal) =>
    get("/api/people/", { query: { kind: "named", q: query, limit: 50 }, signal }),
  likely: (faces: number[], signal?: AbortSignal) =>
    get("/api/people/likely/", { query: { faces: faces.slice(0, FACES_ASKED).join() }, signal }),
  standing: () => get("/api/trainings/standing/"),
  labelAll: (filter: FaceFilter, who: Naming) =>
    post("/api/faces/label/", { body: { filter: inBody(filter), ...who } }),
  split: (faces: number[], person: number) =>
    post("/api/faces/split/", { body: { faces, person } }),
  unknownPeople: (hidden: boolean, limit: number, signal?: AbortSignal) =>
    get("/api/people/", { query: { kind: "unknown", hidden, limit }, signal }),
  namedPeople: ({ q, sort, group, hidden }: PeopleFilter, limit: number, signal?: AbortSignal) =>
    get("/api/people/", { query: { kind: "named", q, sort, group, hidden, limit }, signal }),
  changePerson: (id: number, change: PersonChange) =>
    patch("/api/people/{id}/", { path: { id }, body: change }),
  deletePerson: (id: number, left: Left) =>
    remove("/api/people/{id}/", { path: { id }, query: { left } }),
  knownOfPerson: (id: number) => get("/api/people/{id}/forget/", { path: { id } }),
  forgetPerson: (id: number, guessed: boolean) =>
    post("/api/people/{id}/forget/", { path: { id }, body: { guessed } }),
  previewMerge: (people: number[], into: number) =>
    post("/api/people/merge/preview/", { body: { people, into } }),
  company: (id: number) => get("/api/people/{id}/company/", { path: { id } }),
  astray: (id: number) => get("/api/people/{id}/astray/", { path: { id } }),
  peopleGroups: () => get("/api/groups/", { query: { limit: 500 } }),
  makeGroup: (name: string, people: number[]) => post("/api/groups/", { body: { name, people } }),
  changeGroup: (id: number, change: { name?: string; add?: number[]; remove?: number[] }) =>
    patch("/api/groups/{id}/", { path: { id }, body: change }),
  deleteGroup: (id: number) => remove("/api/groups/{id}/", { path: { id } }),
  person: (id: number) => get("/api/people/{id}/", { path: { id } }),
  mergePeople: (people: number[], into: number) =>
    post("/api/people/merge/", { body: { people, into } }),
  hidePerson: (id: number) => post("/api/people/{id}/hide/", { path: { id } }),
  showPerson: (id: number) => post("/api/people/{id}/show/", { path: { id } }),
  searches: () => get("/api/searches/", { query: { limit: 500 } }),
  saveSearch: (name: string, query: object) => post("/api/searches/", { body: { name, query } }),
  removeSearch: (id: number) => remove("/api/searches/{id}/", { path: { id } }),
  devices: () => get("/api/tokens/", { query: { limit: 500 } }),
  makeDevice: (name: string, scopes: Scope[], days: number) =>
    post("/api/tokens/", { body: { name, scopes, days } }),
  revokeDevice: (id: number) => remove("/api/tokens/{id}/", { path: { id } }),
  questions: (limit: number) => get("/api/questions/", { query: { limit } }),
  answer: (question: number, answer: Answer) =>
    post("/api/questions/{id}/answer/", { path: { id: question }, body: { answer } }),
  train: () => post("/api/trainings/"),
  scan: (library: number) => post("/api/libraries/{id}/scan/", { path: { id: library } }),
  rescan: (library: number, restoreDismissed: boolean) =>
    post("/api/libraries/{id}/rescan/", {
      path: { id: library },
      body: { restore_dismissed: restoreDismissed },
    }),
  readNames: (library: number, reads: boolean) =>
    patch("/api/libraries/{id}/", { path: { id: library }, body: { reads_names: reads } }),
  recognition: (library: number) =>
    get("/api/libraries/{id}/recognition/", { path: { id: library } }),
  recognise: (library: number, on: boolean, remove: boolean) =>
    post("/api/libraries/{id}/recognition/", { path: { id: library }, body: { on, remove } }),
  users: () => get("/api/users/", { query: { limit: 500 } }),
  shares: (library: number) =>
    get("/api/libraries/{library}/shares/", {
      path: { library: String(library) },
      query: { limit: 500 },
    }),
  share: (library: number, user: string, role: ShareRole) =>
    post("/api/libraries/{library}/shares/", {
      path: { library: String(library) },
      body: { user, role },
    }),
  changeShare: (library: number, id: number, role: ShareRole) =>
    patch("/api/libraries/{library}/shares/{id}/", {
      path: { library: String(library), id },
      body: { role },
    }),
  endShare: (library: number, id: number) =>
    remove("/api/libraries/{library}/shares/{id}/", { path: { library: String(library), id } }),
  writeNames: (library: number, intoFiles: boolean) =>
    post("/api/names/write/", { body: { library, into_files: intoFiles } }),
  startJob: (address: string, body: object) => write<Job>("POST", address, body),
  activeJobs: () => get("/api/jobs/", { query: { active: true } }),
  job: (id: number) => get("/api/jobs/{id}/", { path: { id } }),
  jobItems: (id: number) => get("/api/jobs/{id}/items/", { path: { id } }),
  cancelJob: (id: number) => post("/api/jobs/{id}/cancel/", { path: { id } }),
  pauseJob: (id: number) => post("/api/jobs/{id}/pause/", { path: { id } }),
  resumeJob: (id: number) => post("/api/jobs/{id}/resume/", { path: { id } }),
  retryJob: (id: number) => post("/api/jobs/{id}/retry/", { path: { id } }),
  retryFailed: (id: number) =>
    post("/api/jobs/{id}/retry/", { path: { id }, body: { failed_only: true } }),
  next: <T>(url: string, signal?: AbortSignal) => read<Page<T>>(samePlace(url), signal),
};

export const uploads = {
  begin: (name: string, size: number) => post("/api/uploads/", { body: { name, size } }),
  standing: (upload: number) => get("/api/uploads/{id}/", { path: { id: upload } }),
  piece: (upload: number, offset: number, content: Blob) =>
    sendBytes<Progress>(`/api/uploads/${upload}/`, offset, content),
};

/** Keep path and query of the API's absolute links: behind a proxy their host may not be ours. */
function samePlace(url: string): string {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}

/** The server reads numbers from text here as it does from an address. */
function inBody(filter: FaceFilter): SelectionFilterRequest {
  return filter as SelectionFilterRequest;
}

function selection(faces: Faces): object {
  if (Array.isArray(faces)) return { faces };
  return { faces: [...faces.keys()], labels: Object.fromEntries(faces) };
}
