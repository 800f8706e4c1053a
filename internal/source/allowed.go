package source

import "strings"

// An Access is what the allowlist says about one package.
type Access struct {
	All    bool     // everything but Except
	Except []string // symbols that are denied although All is set
	Only   []string // symbols that are allowed, unless All is set
}

// Allowed is what a trainable body may use of the standard library. A package
// that is not listed is denied, so os/exec, syscall, net, plugin, reflect,
// runtime, testing and unsafe are. The table answers one question: can this
// symbol, called by mistake, reach out of the function it is called in? Files,
// processes, the network, the environment, other goroutines, the process's own
// settings and exit are outside; time and memory are not, limits on the
// process take care of them.
//
// A symbol is Func, Var, Type, or Type.Member; naming a type names its members.
// Constants, and fields that are not functions, are allowed everywhere: they do
// nothing.
//
// Beyond the table a body may use
//   - what its original used, symbol by symbol;
//   - of the main module what the original reached, at whatever depth, and what
//     does nothing that the body could not do by itself, see reach.go;
//   - what allow= of its directive, or -allow, names: "net/http", "os.ReadFile",
//     "os.File.Close", "example.com/m/store.Delete", "go".
//
// Not allowed without allow="go" (or a go statement in the original) are go
// statements and what [starts] goroutines.
//
// Package variables may be read. Changing one is denied unless the original
// changed the same variable or allow= names it: by assignment, ++, range,
// delete, clear or copy, in whole or in part, by taking its address, or by
// calling a method that takes its address, also through a local variable that
// shares its memory. What a function does to a slice, map or pointer that it is given
// is not seen. Templates call methods by name, so executing one is denied.
//
// This is a guard against accidents, not a sandbox.
var Allowed = map[string]Access{
	"archive/tar":          {All: true, Except: []string{"Writer.AddFS"}},
	"archive/zip":          {All: true, Except: []string{"OpenReader", "RegisterCompressor", "RegisterDecompressor"}},
	"bufio":                {All: true},
	"bytes":                {All: true},
	"cmp":                  {All: true},
	"compress/bzip2":       {All: true},
	"compress/flate":       {All: true},
	"compress/gzip":        {All: true},
	"compress/lzw":         {All: true},
	"compress/zlib":        {All: true},
	"container/heap":       {All: true},
	"container/list":       {All: true},
	"container/ring":       {All: true},
	"context":              {All: true},
	"crypto/hmac":          {All: true},
	"crypto/md5":           {All: true},
	"crypto/sha1":          {All: true},
	"crypto/sha256":        {All: true},
	"crypto/sha3":          {All: true},
	"crypto/sha512":        {All: true},
	"crypto/subtle":        {All: true, Except: []string{"WithDataIndependentTiming"}},
	"embed":                {All: true},
	"encoding":             {All: true},
	"encoding/ascii85":     {All: true},
	"encoding/base32":      {All: true},
	"encoding/base64":      {All: true},
	"encoding/binary":      {All: true},
	"encoding/csv":         {All: true},
	"encoding/hex":         {All: true},
	"encoding/json":        {All: true},
	"encoding/pem":         {All: true},
	"encoding/xml":         {All: true},
	"errors":               {All: true},
	"fmt":                  {All: true, Except: []string{"Scan", "Scanf", "Scanln"}},
	"go/ast":               {All: true},
	"go/build/constraint":  {All: true},
	"go/constant":          {All: true},
	"go/format":            {All: true},
	"go/scanner":           {All: true},
	"go/token":             {All: true},
	"go/version":           {All: true},
	"hash":                 {All: true},
	"hash/adler32":         {All: true},
	"hash/crc32":           {All: true},
	"hash/crc64":           {All: true},
	"hash/fnv":             {All: true},
	"hash/maphash":         {All: true},
	"html":                 {All: true},
	"image":                {All: true, Except: []string{"RegisterFormat"}},
	"image/color":          {All: true},
	"image/color/palette":  {All: true},
	"image/draw":           {All: true},
	"index/suffixarray":    {All: true},
	"io":                   {All: true},
	"io/fs":                {All: true},
	"iter":                 {All: true},
	"log":                  {Only: []string{"Logger.Print", "Logger.Printf", "Logger.Println", "Print", "Printf", "Println"}},
	"maps":                 {All: true},
	"math":                 {All: true},
	"math/big":             {All: true},
	"math/bits":            {All: true},
	"math/cmplx":           {All: true},
	"math/rand":            {All: true, Except: []string{"Seed"}},
	"math/rand/v2":         {All: true},
	"mime/quotedprintable": {All: true},
	"net/netip":            {All: true},
	"net/url":              {All: true},
	"os":                   {Only: []string{"ErrClosed", "ErrDeadlineExceeded", "ErrExist", "ErrInvalid", "ErrNoDeadline", "ErrNotExist", "ErrPermission", "ErrProcessDone", "FileMode", "IsExist", "IsNotExist", "IsPathSeparator", "IsPermission", "IsTimeout", "PathError"}},
	"path":                 {All: true},
	"path/filepath":        {All: true, Except: []string{"Abs", "EvalSymlinks", "Glob", "Walk", "WalkDir"}},
	"regexp":               {All: true},
	"regexp/syntax":        {All: true},
	"slices":               {All: true},
	"sort":                 {All: true},
	"strconv":              {All: true},
	"strings":              {All: true},
	"structs":              {All: true},
	"sync":                 {All: true},
	"sync/atomic":          {All: true},
	"text/scanner":         {All: true},
	"text/tabwriter":       {All: true},
	"text/template":        {All: true, Except: []string{"ParseFiles", "ParseGlob", "ParseFS", "Template.ParseFiles", "Template.ParseGlob", "Template.ParseFS", "Template.Execute", "Template.ExecuteTemplate"}},
	"text/template/parse":  {All: true},
	"time":                 {All: true, Except: []string{"LoadLocation"}},
	"unicode":              {All: true},
	"unicode/utf16":        {All: true},
	"unicode/utf8":         {All: true},
	"unique":               {All: true},
}

// starts are the symbols of allowed packages that start goroutines.
var starts = map[string]bool{
	"context.AfterFunc": true,
	"sync.WaitGroup.Go": true,
	"time.AfterFunc":    true,
}

// allows reports whether the table allows a symbol of a standard package.
func allows(path, symbol string) bool {
	a, ok := Allowed[path]
	if !ok {
		return false
	}
	if a.All {
		return !names(a.Except, symbol)
	}
	return names(a.Only, symbol)
}

// names reports whether a list names a symbol or the type it is a member of.
func names(list []string, symbol string) bool {
	typ, _, _ := strings.Cut(symbol, ".")
	for _, s := range list {
		if s == symbol || s == typ {
			return true
		}
	}
	return false
}

// grants reports whether entries of allow= name a package or a symbol of it.
func grants(allow []string, path, symbol string) bool {
	typ, _, _ := strings.Cut(symbol, ".")
	for _, entry := range allow {
		if entry == path || entry == path+"."+symbol || entry == path+"."+typ {
			return true
		}
	}
	return false
}
