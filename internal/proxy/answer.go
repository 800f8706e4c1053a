package proxy

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/opto-go/trace/internal/llm"
)

// kept reports whether an answer with this status would be the same again.
func kept(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return status >= 200 && status < 300
}

// usage is what the parts of the API call what a request used.
type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Input      int `json:"input_tokens"`
	Output     int `json:"output_tokens"`
}

func (u *usage) counts() (llm.Usage, bool) {
	if u == nil {
		return llm.Usage{}, false
	}
	c := llm.Usage{Prompt: u.Prompt + u.Input, Answer: u.Completion + u.Output}
	return c, c.Prompt+c.Answer > 0
}

// usageOf reads what an answer in one piece says that it used.
func usageOf(body []byte) (llm.Usage, bool) {
	var doc struct {
		Usage *usage `json:"usage"`
	}
	if json.Unmarshal(body, &doc) != nil {
		return llm.Usage{}, false
	}
	return doc.Usage.counts()
}

// A streamReader reads an answer in server-sent events.
type streamReader struct {
	r        *bufio.Reader
	hide     bool // the event with the usage, which the program did not ask for
	left     int  // bytes that may still come
	used     llm.Usage
	reported bool
	whole    bool // the end was seen
}

var errLong = errors.New("the answer is longer than 16 MB")

// next returns the next event as it is to be passed on, with its empty line.
func (s *streamReader) next() ([]byte, error) {
	for {
		var event, data []byte
		for {
			line, err := s.r.ReadSlice('\n')
			if s.left -= len(line); s.left < 0 {
				return nil, errLong
			}
			event = append(event, line...)
			if errors.Is(err, bufio.ErrBufferFull) {
				// A long line: the rest of it follows.
				for errors.Is(err, bufio.ErrBufferFull) {
					line, err = s.r.ReadSlice('\n')
					if s.left -= len(line); s.left < 0 {
						return nil, errLong
					}
					event = append(event, line...)
				}
			}
			if err != nil {
				if err == io.EOF && len(event) > 0 {
					s.look(dataOf(event))
					return event, nil
				}
				return nil, err
			}
			if end := bytes.TrimRight(event, "\r\n"); len(bytes.TrimSpace(lastLine(event))) == 0 && len(end) > 0 {
				data = dataOf(event)
				break
			} else if len(end) == 0 {
				event = nil // empty lines between events
			}
		}
		if s.look(data) && s.hide {
			continue
		}
		return event, nil
	}
}

// lastLine is the last line of an event, with its end.
func lastLine(event []byte) []byte {
	body := bytes.TrimSuffix(event, []byte("\n"))
	return body[bytes.LastIndexByte(body, '\n')+1:]
}

// dataOf joins the data lines of an event.
func dataOf(event []byte) []byte {
	var data []byte
	for line := range bytes.Lines(event) {
		if value, ok := bytes.CutPrefix(bytes.TrimRight(line, "\r\n"), []byte("data:")); ok {
			data = append(data, bytes.TrimPrefix(value, []byte(" "))...)
		}
	}
	return data
}

// look notes what the data of an event tell. It reports whether they are the
// usage alone.
func (s *streamReader) look(data []byte) bool {
	if string(bytes.TrimSpace(data)) == "[DONE]" {
		s.whole = true
		return false
	}
	var doc struct {
		Type    string `json:"type"`
		Choices *[]struct {
			Finish *string `json:"finish_reason"`
		} `json:"choices"`
		Usage    *usage `json:"usage"`
		Response *struct {
			Usage *usage `json:"usage"`
		} `json:"response"`
	}
	if json.Unmarshal(data, &doc) != nil {
		return false
	}
	if doc.Choices != nil {
		for _, c := range *doc.Choices {
			s.whole = s.whole || c.Finish != nil
		}
	}
	switch doc.Type {
	case "response.completed", "response.incomplete":
		s.whole = true
	}
	u := doc.Usage
	if doc.Response != nil {
		u = doc.Response.Usage
	}
	if used, ok := u.counts(); ok {
		s.used, s.reported = used, true
	}
	return doc.Usage != nil && doc.Choices != nil && len(*doc.Choices) == 0
}
