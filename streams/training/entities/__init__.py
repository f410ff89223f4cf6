"""Training of the entity tagger and making of its gazetteer; needs the extra `train`."""
