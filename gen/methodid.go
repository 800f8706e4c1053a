package gen

import (
	"fmt"
	"hash/fnv"
)

// Methods that answer calls through interfaces go by numbers that are made of
// their names: the recorder looks them up in every such call.

// methodID is the number of a method's name.
func (a *analysis) methodID(name string) string {
	h := fnv.New64a()
	h.Write([]byte(name))
	id := h.Sum64()
	if other, taken := a.methodIDs.LoadOrStore(id, name); taken && other != name {
		panic(cannot(fmt.Sprintf("the names of methods %s and %s have the same number", other, name)))
	}
	return fmt.Sprintf("%#x", id)
}
