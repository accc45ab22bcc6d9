"""The story that `plein up` plays through the real doors: journeys of the product, each checked as it is shown."""
