// What the API sends: one interface per resource, named as in the OpenAPI schema.

export interface PersonRef {
  id: number;
  name: string;
  display_name: string;
}

export interface Person extends PersonRef {
  aliases: string[];
  faces: number;
  crop: string | null;
}

export interface LikelyPerson {
  person: Person;
  probability: number;
}

export interface BestFace {
  face: number;
  crop: string;
}

/** A person as the cards and questions show it. */
export interface PersonShown extends Person {
  is_hidden: boolean;
  is_favourite: boolean;
  /** ISO, without a time. */
  birth_date: string | null;
  best: BestFace[];
  /** When (ISO) the first and the last of the photos that have a date were taken. */
  first_seen: string | null;
  last_seen: string | null;
}

/** What can be changed of a person; what is not given stays. */
export interface PersonChange {
  name?: string;
  aliases?: string[];
  /** ISO; null where it is not known. */
  birth_date?: string | null;
  is_favourite?: boolean;
  /** One of the person's faces; null for the best. */
  cover?: number | null;
}

/** `event` is of the history: what can be undone. */
export type PersonChanged = PersonShown & { event: number | null };

/** In which order people come. */
export type PeopleSort = "name" | "count" | "recent";

/** Which people a page lists. */
export interface PeopleFilter {
  q: string;
  sort: PeopleSort;
  group: string;
  hidden: boolean;
}

/** A group of people, such as a family; `people` are ids. */
export interface PeopleGroup {
  id: number;
  name: string;
  people: number[];
}

/** How much is known of a person, and goes when the person is forgotten. */
export interface KnownOfPerson {
  faces: number;
  embeddings: number;
  /** Faces without a label that Kith takes for this person. */
  guessed: number;
  searches: number;
  groups: number;
  mentions: number;
  /** Photos in or beside which Kith has written the name. */
  written: number;
}

/** Whether faces are looked for in a library, and how much was found. */
export interface Recognition {
  on: boolean;
  faces: number;
  /** Of these faces; they go with them. */
  labels: number;
  embeddings: number;
}

/** What a merge would do; `together` are photos that show more than one of them. */
export interface MergePreview {
  faces: number;
  aliases: string[];
  together: number[];
}

/** Somebody who is in photos of a person, and in how many. */
export interface Companion {
  person: PersonShown;
  photos: number;
}

/** Labelled faces of a person that look like somebody else; `best` are the first of them. */
export interface Astray {
  looks_like: PersonShown;
  faces: number[];
  best: BestFace[];
}

/** What becomes of the faces of a person who is deleted. */
export type Left = "unlabelled" | "unknown" | "dismissed";

export type Answer = "same" | "different" | "unsure";

/** Are these two the same person? */
export interface Question {
  id: number;
  one: PersonShown;
  other: PersonShown;
  /** That they are, 0–1. */
  probability: number;
  /** How many faces the answer says something about. */
  settles: number;
}

export type Method = "cluster" | "classification" | "runner-up";
export type Tab = "inferred" | "unknown" | "labelled" | "unassigned" | "doubtful" | "hidden";

export interface Guess {
  cluster_person: PersonRef | null;
  cluster_probability: number | null;
  class_person: PersonRef | null;
  class_probability: number | null;
  /** The likeliest other named person, if there is one. */
  runner_up?: PersonRef | null;
  runner_up_probability?: number | null;
}

/** A place on a photo, in shares (0–1) of its width and height. */
export interface BoxOnPhoto {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Face {
  id: number;
  photo: number;
  box: BoxOnPhoto;
  /** Of a video: seconds from its start. */
  time_offset: number | null;
  crop: string;
  person: PersonRef | null;
  /** The label is as a file or another program says it. */
  imported: boolean;
  guess: Guess | null;
  quality: number | null;
  taken_at: string | null;
}

/** A photo as a timeline shows it. */
export interface PhotoCard {
  id: number;
  path: string;
  /** Seconds of a video; null for a picture. */
  duration: number | null;
  taken_at: string | null;
  thumbnail: string;
}

/** How a photo was taken, as far as its file says so. */
export interface Exif {
  camera: string;
  lens: string;
  exposure_seconds: number | null;
  f_number: number | null;
  iso: number | null;
  focal_length_mm: number | null;
  taken_at: string | null;
  latitude: number | null;
  longitude: number | null;
  altitude_m: number | null;
}

export interface Photo extends PhotoCard {
  /** Bytes. */
  size: number;
  width: number;
  height: number;
  preview: string;
  exif: Exif;
}

/** How many photos were taken in a month. */
export interface Month {
  /** "2019-07", or "none" for photos without a date. */
  month: string;
  count: number;
  /** Of the person whose photos they are, in whole months, where that is known. */
  age_months?: number | null;
}

/** A search that is kept; `query` is as its address has it. */
/** What a token allows. */
export type Scope = "read" | "label" | "manage";

/** A phone or a program that may sign in. */
export interface Device {
  id: number;
  name: string;
  scopes: Scope[];
  /** How its token begins. */
  prefix: string;
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
}

export interface SavedSearch {
  id: number;
  name: string;
  query: Record<string, unknown>;
}

export interface Library {
  id: number;
  name: string;
}

/** What stays of a deleted face; `width` and `height` are the photo's pixels. */
export interface Dismissal {
  id: number;
  photo: number;
  box: BoxOnPhoto;
  thumbnail: string;
  width: number;
  height: number;
  created_at: string;
}

/** All faces of a filter in order, and who each is or is thought to be. */
export interface FaceIds {
  ids: number[];
  people: (number | null)[];
}

export interface Group {
  person: PersonRef | null;
  count: number;
}

export type Counts = Record<Tab | "dismissed", number>;

export interface Changes {
  person: PersonRef | null;
  changed: number[];
  skipped: { face: number; reason: string }[];
  /** What can be undone, if anything was changed. */
  event: number | null;
}

/** The kind of job that Train starts. */
export const TRAINING = "train";

export type JobState = "queued" | "running" | "paused" | "done" | "failed" | "cancelled";

export interface Job {
  id: number;
  kind: string;
  title: string;
  state: JobState;
  stage: string;
  done: number;
  total: number;
  rate: number | null;
  seconds_left: number | null;
  failed: number;
  skipped: number;
  error: string;
  started_at: string | null;
}

export interface Training {
  id: number;
  metrics: TrainingMetrics;
}

/** What a training came to; one that an older Kith made lacks what it did not count. */
export interface TrainingMetrics {
  new_guesses?: number;
  changed_guesses?: number;
  unknown_persons_gone?: number;
  unknown_persons_new?: number;
}

export interface TrainingStanding {
  training: Training | null;
  labels_since: number;
  faces_since: number;
  usual_seconds: number | null;
}

export interface Library {
  id: number;
  reads_names: boolean;
}

export interface JobItem {
  name: string;
  outcome: "failed" | "skipped";
  reason: string;
}

export interface Page<T> {
  next: string | null;
  results: T[];
}
