// Everything the pages need, in one script.

import "./styles/base.css";
import "./styles/controls.css";
import "./styles/board.css";
import "./styles/connection.css";
import "./styles/training.css";
import "./styles/grid.css";
import "./styles/keys.css";
import "./styles/pages.css";
import "./styles/people.css";
import "./styles/questions.css";
import "./styles/photo.css";
import "./styles/dismissed.css";

import "./elements/confirm-dialog";
import "./elements/connection-note";
import "./elements/dismiss-doubtful";
import "./elements/dismissed-grid";
import "./elements/face-filters";
import "./elements/face-grid";
import "./elements/face-tabs";
import "./elements/job-actions";
import "./elements/job-problems";
import "./elements/job-progress";
import "./elements/key-sheet";
import "./elements/label-fix";
import "./elements/library-actions";
import "./elements/library-names";
import "./elements/live-section";
import "./elements/person-picker";
import "./elements/same-person";
import "./elements/photo-view";
import "./elements/toast-stack";
import "./elements/train-button";
import "./elements/unknown-people";
