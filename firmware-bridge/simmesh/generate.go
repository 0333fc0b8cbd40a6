package simmesh

// Generate makes the corpus of a Config and hands its messages to emit in
// order of arrival. It returns the first error of emit, [ErrDeaf], or what is
// wrong with the Config.
func Generate(cfg Config, emit func(Message) error) error {
	return GenerateHeard(cfg, func(m Message, _ *Heard) error { return emit(m) })
}

// GenerateHeard is Generate, with the truth behind each packet message; that
// of a status message is nil.
func GenerateHeard(cfg Config, emit func(Message, *Heard) error) error {
	if err := cfg.check(); err != nil {
		return err
	}
	return newSim(cfg, func(r *record) error { return emit(r.message(), r.truth()) }).run()
}
