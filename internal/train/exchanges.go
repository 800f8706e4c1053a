package train

import (
	"sync"

	"github.com/opto-go/trace/internal/proxy"
	"github.com/opto-go/trace/internal/train/journal"
)

// exchanges keeps in the journal what the program under training asked a model
// and what came back. It implements [proxy.Store].
type exchanges struct {
	log *journal.Writer

	mu    sync.Mutex
	known map[proxy.Key]known
}

// A known answer is in the journal of this run or of an earlier one.
type known struct {
	journal.Exchange
	blob func(journal.Hash) ([]byte, error)
}

// newExchanges writes to log and knows the answers of earlier, which may be
// nil.
func newExchanges(log *journal.Writer, earlier *journal.Run) *exchanges {
	x := &exchanges{log: log, known: map[proxy.Key]known{}}
	if earlier != nil {
		for _, e := range earlier.Exchanges {
			x.add(e, earlier.Blob)
		}
	}
	return x
}

func (x *exchanges) add(e journal.Exchange, blob func(journal.Hash) ([]byte, error)) {
	if e.Answer != "" {
		x.known[proxy.Key{Request: string(e.Request), N: e.N, Sample: e.Sample}] = known{e, blob}
	}
}

func (x *exchanges) Load(key proxy.Key) (proxy.Answer, bool, error) {
	x.mu.Lock()
	k, ok := x.known[key]
	x.mu.Unlock()
	if !ok {
		return proxy.Answer{}, false, nil
	}
	body, err := k.blob(k.Answer)
	if err != nil {
		return proxy.Answer{}, false, err
	}
	return proxy.Answer{Status: k.Status, Type: k.Type, Body: body}, true, nil
}

func (x *exchanges) Ready() error { return x.log.Reserve() }

func (x *exchanges) Save(e proxy.Exchange) error {
	rec := journal.Exchange{
		Request: journal.Hash(e.Request), N: e.N, Sample: e.Sample, For: e.For, Path: e.Path, Model: e.Model, Error: e.Error, Spent: e.Spent,
	}
	var err error
	if len(e.Body) > 0 {
		if rec.Body, err = x.log.Blob(e.Body); err != nil {
			return err
		}
	}
	if e.Answer != nil {
		rec.Status, rec.Type = e.Answer.Status, e.Answer.Type
		if rec.Answer, err = x.log.Blob(e.Answer.Body); err != nil {
			return err
		}
	}
	if err := x.log.Append(journal.Record{Exchange: &rec}); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.add(rec, x.log.ReadBlob)
	return nil
}
