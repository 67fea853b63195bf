"""MLflow's own client, driven line by line: a call as JSON on stdin, its answer as JSON on stdout."""

import json
import sys

import mlflow
from mlflow import MlflowClient


@mlflow.pyfunc.utils.pyfunc
def score(model_input: list[dict[str, float]]) -> list[float]:
    """A model that is small enough to be logged in a moment."""
    return [0.0 for _ in model_input]


def train() -> dict:
    """A run with a logged model that is not registered yet."""
    with mlflow.start_run() as run:
        mlflow.log_metric("auc", 0.941)
        logged = mlflow.pyfunc.log_model(name="model", python_model=score, pip_requirements=[])
    return {"run": run.info.run_id, "source": logged.model_uri}


def register(name: str, source: str) -> dict:
    added = mlflow.register_model(source, name)
    return {"version": added.version, "run": added.run_id, "source": added.source}


def tag(name: str, version: str, key: str, value: str) -> dict:
    MlflowClient().set_model_version_tag(name, version, key, value)
    return {}


def hook(url: str, secret: str, events: list[str]) -> dict:
    added = MlflowClient().create_webhook("headgate", url, events, secret=secret)
    return {"id": added.webhook_id}


def rehook(id: str, url: str, secret: str) -> dict:
    MlflowClient().update_webhook(id, url=url, secret=secret)
    return {}


def try_hook(id: str) -> dict:
    """MLflow delivers its example of the webhook's first event, and says how it was answered."""
    tried = MlflowClient().test_webhook(id)
    return {"http": tried.response_status, "body": tried.response_body, "error": tried.error_message}


calls = {f.__name__: f for f in (train, register, tag, hook, rehook, try_hook)}

# MLflow prints to stdout too; the answers keep theirs to themselves.
answers = sys.stdout
sys.stdout = sys.stderr
mlflow.set_tracking_uri(sys.argv[1])
# Named too: with MLFLOW_REGISTRY_URI set, the registry would be another one than the server.
mlflow.set_registry_uri(sys.argv[1])
print(json.dumps({"ready": mlflow.__version__}), file=answers, flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = {"answer": calls[asked["call"]](**asked["given"])}
    except Exception as error:  # told to whoever asked, who decides
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), file=answers, flush=True)
