"""Makes synthetic GDV files of every kind and size, for samples, tests and benchmarks; it never reads one.

Everything is invented and follows from a seed, so the same call gives the same bytes on every machine.  Which fields
there are and where they stand comes from the layouts of `bipro_sync.gdv`; how a value is written is this package's own
word, so that what it makes is a check of what reads it.

- `parts`: one record of any part, its fields' values given or invented.
- `contracts`: invented contracts, and what became of them until a later delivery.
- `portfolio`: their records, some hundred thousand a second.
- `everything`: one coherent packet with each record type and part of the layouts.
- `delivery`: headers, trailers, packets, line ends and encodings.
- `strategies`: the same for property tests.
"""
