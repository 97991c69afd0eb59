"""Operations that several verbs share."""
