"""Operations on our topics: create, replay, repair, measure."""
