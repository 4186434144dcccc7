// Everything the pages need, in one script.

import "./styles/base.css";
import "./styles/controls.css";
import "./styles/board.css";
import "./styles/connection.css";
import "./styles/training.css";
import "./styles/grid.css";
import "./styles/keys.css";
import "./styles/pages.css";
import "./styles/cards.css";
import "./styles/people.css";
import "./styles/named.css";
import "./styles/questions.css";
import "./styles/search.css";
import "./styles/timeline.css";
import "./styles/photo.css";
import "./styles/dismissed.css";

import "./elements/astray-faces";
import "./elements/confirm-dialog";
import "./elements/connection-note";
import "./elements/date-scrubber";
import "./elements/dismiss-doubtful";
import "./elements/dismissed-grid";
import "./elements/face-filters";
import "./elements/face-grid";
import "./elements/face-tabs";
import "./elements/forget-dialog";
import "./elements/job-actions";
import "./elements/job-problems";
import "./elements/job-progress";
import "./elements/key-sheet";
import "./elements/label-fix";
import "./elements/library-actions";
import "./elements/library-names";
import "./elements/live-section";
import "./elements/merge-dialog";
import "./elements/name-dialog";
import "./elements/people-field";
import "./elements/people-grid";
import "./elements/person-company";
import "./elements/person-picker";
import "./elements/person-tools";
import "./elements/same-person";
import "./elements/photo-search";
import "./elements/photo-timeline";
import "./elements/photo-upload";
import "./elements/photo-view";
import "./elements/saved-searches";
import "./elements/start-job";
import "./elements/toast-stack";
import "./elements/train-button";
import "./elements/unknown-people";

import { watchCrops } from "./missing-crops";

watchCrops();
