"""PNG and APNG: `chunks`, `header`, `pictures` read and judge, `colours` rounds, `naming` lists, `file` writes."""
