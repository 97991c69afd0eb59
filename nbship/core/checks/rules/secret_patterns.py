"""The patterns of tokens and keys: those of detect-secrets, and some of our own.

Used are the detectors for the tokens of one service, not those that guess by entropy or by the name
of a variable: notebooks are full of hashes and images. The library's verification, which would send
the token to its service, is never started. Our own detectors are made as the library describes it:
https://github.com/Yelp/detect-secrets/blob/master/docs/plugins.md
"""

import re
from collections.abc import Iterator

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector

_MADE_UP = re.compile(r"example|your_|(.)\1{5}", re.IGNORECASE)


class HuggingFaceDetector(RegexBasedDetector):
    """https://huggingface.co/docs/hub/security-tokens."""

    secret_type = "Hugging Face token"  # noqa: S105 - its kind
    denylist = (re.compile(r"\bhf_[A-Za-z0-9]{34,40}\b"),)


class KaggleDetector(RegexBasedDetector):
    """An access token, and the username and key of a kaggle.json.

    https://github.com/Kaggle/kaggle-cli/blob/main/docs/README.md
    """

    secret_type = "Kaggle API token"  # noqa: S105 - its kind
    denylist = (
        re.compile(r"\bKGAT_[A-Za-z0-9]{32,}"),
        re.compile(r"\bKAGGLE_KEY\b\W{1,20}[0-9a-f]{32}\b"),
        re.compile(r"\busername\W{1,12}[\w-]{1,80}\W{1,20}key\W{1,12}[0-9a-f]{32}\b"),
    )


class WandbDetector(RegexBasedDetector):
    """https://docs.wandb.ai/support/find_api_key."""

    secret_type = "Weights & Biases API key"  # noqa: S105 - its kind
    denylist = (
        re.compile(r"(?i)wandb[\W_]{0,3}(?:api_key|key|login)\b.{0,24}?\b[0-9a-f]{40}\b"),
        re.compile(r"\bwandb_v1_[A-Za-z0-9_]{40,}"),
    )


class NewerTokenDetector(RegexBasedDetector):
    """Forms that the library's last release does not know."""

    secret_type = "access token"  # noqa: S105 - its kind
    denylist = (
        re.compile(r"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b"),
        re.compile(r"\bnpm_[A-Za-z0-9]{36}\b"),
        re.compile(r"\bsk-(?:ant-[a-z]+[0-9]{2}|proj|svcacct|admin)-[A-Za-z0-9_-]{40,}"),
        re.compile(r"\bAIza[0-9A-Za-z_-]{35}(?![\w-])"),  # Google's
    )


DETECTORS = (
    AWSKeyDetector(), AzureStorageKeyDetector(), GitHubTokenDetector(), GitLabTokenDetector(),
    HuggingFaceDetector(), JwtTokenDetector(), KaggleDetector(), NpmDetector(), OpenAIDetector(),
    PrivateKeyDetector(), PypiTokenDetector(), SendGridDetector(), SlackDetector(),
    SquareOAuthDetector(), StripeDetector(), WandbDetector(), NewerTokenDetector(),
)  # fmt: skip


def detect(line: str) -> Iterator[tuple[int, str]]:
    """Yield the column, from 1, and the kind of each secret in a line."""
    columns: set[int] = set()
    for detector in DETECTORS:
        for pattern in detector.denylist:
            for match in pattern.finditer(line):
                text = match[0]
                is_known = any(detector.analyze_string(text)) and match.start() not in columns
                if is_known and not _MADE_UP.search(text):
                    columns.add(match.start())
                    yield match.start() + 1, detector.secret_type
