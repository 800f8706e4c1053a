package checker

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opto-go/trace/internal/source"
)

func TestMessage(t *testing.T) {
	want := []reply{
		{Verdict: &Verdict{Code: source.Code{Sum: "a", Order: "b"}, Files: map[string][]byte{"m.go": []byte("package m\r\n\xff")}, Runs: []source.RunCheck{{Param: "p"}}}},
		{Rejected: &source.Rejection{Stage: source.StageTypes, Param: "p", Msg: "no"}},
		{},
	}
	var pipe bytes.Buffer
	for _, r := range want {
		if err := writeMessage(&pipe, r); err != nil {
			t.Fatal(err)
		}
	}
	for i, w := range want {
		var got reply
		if err := readMessage(&pipe, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(w, got); diff != "" {
			t.Errorf("%d (-written +read):\n%s", i, diff)
		}
	}
}

// Whatever comes is a message or an error, and what follows a message is left.
func FuzzMessage(f *testing.F) {
	var good bytes.Buffer
	if err := writeMessage(&good, reply{Refused: "no"}); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add(append(good.Bytes(), "more"...))
	f.Add(good.Bytes()[:good.Len()-1])
	f.Add([]byte(mark + "\x0f\xff\xff\xff{}"))
	f.Add([]byte(mark + "\xff\xff\xff\xff{}"))
	f.Add([]byte("words"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var r reply
		rest := bytes.NewReader(data)
		if readMessage(rest, &r) != nil {
			return
		}
		read := data[:len(data)-rest.Len()]
		var again reply
		if err := readMessage(bytes.NewReader(read), &again); err != nil || !cmp.Equal(r, again) {
			t.Errorf("%q is read as %+v, then as %+v, %v", read, r, again, err)
		}
	})
}

// The limits depend on the program alone, and leave large ones room.
func TestDefaults(t *testing.T) {
	for _, tt := range []struct {
		bytes int64
		want  Limits
	}{
		{0, Limits{CPU: 20 * time.Second, Wall: 5 * time.Minute, Heap: 1 << 30}},
		{1<<20 - 1, Limits{CPU: 20 * time.Second, Wall: 5 * time.Minute, Heap: 1<<30 + 100*(1<<20-1)}},
		{10 << 20, Limits{CPU: 2 * time.Minute, Wall: 30 * time.Minute, Heap: 1<<30 + 1000<<20}},
	} {
		if got := defaults(tt.bytes); got != tt.want {
			t.Errorf("%d bytes: %+v, want %+v", tt.bytes, got, tt.want)
		}
	}
}
