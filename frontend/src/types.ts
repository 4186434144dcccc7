// What the API sends, by the names that the pages have for it: made from its OpenAPI schema.

import type * as schema from "./schema";

export type {
  Astray,
  Companion,
  Device,
  Dismissal,
  Exif,
  Face,
  FaceIds,
  Group,
  Guess,
  Job,
  JobItem,
  Library,
  LikelyPerson,
  MergePreview,
  PeopleGroup,
  Person,
  PersonChanged,
  Progress,
  Question,
  Recognition,
  SavedSearch,
  Share,
  Taken,
} from "./schema";

export type Answer = schema.AnswerEnum;
export type BestFace = schema.Crop;
/** A place on a photo, in shares (0–1) of its width and height. */
export type BoxOnPhoto = schema.Box;
/** What became of faces. */
export type Changes = schema.Outcome;
export type Counts = schema.TabCounts;
export type JobState = schema.JobStateEnum;
export type KnownOfPerson = schema.Known;
export type Method = schema.MethodEnum;
/** How many photos were taken in a month; of a person's, `age_months` says how old they were. */
export type Month = schema.Month & Partial<schema.PersonMonth>;
export type PersonChange = schema.PatchedPersonChangeRequest;
export type PersonRef = schema.PersonBrief;
/** A person as the cards and questions show it. */
export type PersonShown = schema.Person;
export type Photo = schema.PhotoDetail;
/** A photo as a timeline shows it. */
export type PhotoCard = Pick<schema.Photo, "id" | "path" | "duration" | "taken_at" | "thumbnail">;
export type Scope = schema.ScopesEnum;
export type Tab = schema.TabEnum;
export type TrainingStanding = schema.TrainingStanding;

/** In which order people come. */
export type PeopleSort = "name" | "count" | "recent";

/** Which people a page lists. */
export interface PeopleFilter {
  q: string;
  sort: PeopleSort;
  group: string;
  hidden: boolean;
}

/** What becomes of the faces of a person who is deleted. */
export type Left = "unlabelled" | "unknown" | "dismissed";

/** The kind of job that Train starts. */
export const TRAINING = "train";

/** What a training came to; one that an older Kith made lacks what it did not count. */
export interface TrainingMetrics {
  new_guesses?: number;
  changed_guesses?: number;
  unknown_persons_gone?: number;
  unknown_persons_new?: number;
}

export interface Page<T> {
  next: string | null;
  results: T[];
}

/** What somebody may do with a library that is shared. */
export type ShareRole = schema.ShareRoleEnum;
/** Another user, by the name to sign in with. */
export type UserName = schema.User;
