"""The titles of kernels: Kaggle makes the slug of a new kernel from its title."""

import re

# Kaggle's server refuses a longer title with a 400; its client refuses a shorter one.
TITLE_LENGTHS = (5, 50)

# Titles for which no library is asked, whose import takes time: most titles are so.
_PLAIN = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")


def slug_of(title: str) -> str:
    """Return the slug that Kaggle makes of a title."""
    if _PLAIN.fullmatch(title):
        return title.lower().replace(" ", "-")
    from slugify import slugify

    return str(slugify(title))


def fits(title: str, slug: str) -> bool:
    """Return whether Kaggle takes a title for the kernel with a slug."""
    shortest, longest = TITLE_LENGTHS
    return shortest <= len(title) <= longest and title.isprintable() and slug_of(title) == slug


def title_of(title: str, slug: str) -> str:
    """Return a title for a slug: the given one if it fits, else the words of the slug."""
    words = " ".join(word[:1].upper() + word[1:] for word in slug.split("-"))
    return title if fits(title, slug) else words if fits(words, slug) else slug


def title_words(title: str, slug: str) -> str:
    """Return why a title does not fit a slug, to follow the title in a sentence."""
    shortest, longest = TITLE_LENGTHS
    if not shortest <= len(title) <= longest:
        return f"has a length of {len(title)}, and Kaggle accepts {shortest} to {longest}"
    return f"would make the slug {slug_of(title)!r} and not {slug!r}"
