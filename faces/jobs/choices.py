"""What the settings choose: the engine, and what Train does."""

from typing import Any

from django.conf import settings

from faces.queries.engines import engine_in_force
from faces.vision.catalogue import engine_kind, engine_named
from faces.vision.engines import Engine, Limits
from project.preferences.reading import values

# The settings that say what Train does, by their names in TrainingParameters.
OF_TRAIN = (
    *("classifier", "min_probability", "tolerance"),
    *("min_cluster_size", "min_quality", "cluster_core"),
)


def chosen_engine() -> Engine:
    """Return the engine in force, with the parameters that the settings say."""
    return engine_as_chosen(engine_in_force())


def engine_as_chosen(name: str) -> Engine:
    """Return an engine with the parameters that the settings say."""
    chosen = values()
    return engine_named(
        name,
        settings.WEIGHTS_ROOT,
        upsampling=chosen["upsampling"],
        jitters=chosen["jitters"],
        limits=Limits(chosen["min_face_size"], chosen["min_detection_score"]),
    )


def chosen_model() -> str:
    """Return the model of the embeddings that are compared; needs no weights."""
    return engine_kind(engine_in_force()).model


def chosen_parameters() -> dict[str, Any]:
    """Return what the settings say about Train."""
    chosen = values()
    return {"embedding_model": chosen_model()} | {name: chosen[name] for name in OF_TRAIN}
