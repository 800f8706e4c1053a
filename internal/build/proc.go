package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"
)

// Limits bound one process. Zero values mean no limit. They are set where the
// system has them (Linux).
type Limits struct {
	Data int64         // bytes of memory that hold data
	File int64         // bytes of any one file
	CPU  time.Duration // processor time
}

// grace is how long pipes may stay open after their process has ended, held by
// a descendant that left its process group.
const grace = 500 * time.Millisecond

// A process is a command in a group of its own.
type process struct {
	cmd     *exec.Cmd
	done    chan struct{} // closed when it has ended
	err     error         // of Wait; valid after done
	mu      sync.Mutex
	killed  string // why kill was called; empty: it was not
	group   group
	started time.Time
}

// startProcess starts cmd, whose output goes to out and whose results, if
// results is not nil, are read from a pipe. The readers have ended when wait
// returns.
func startProcess(cmd *exec.Cmd, lim Limits, out, results func(io.Reader)) (*process, error) {
	return startConfined(cmd, lim, nil, "", out, results)
}

// startConfined is startProcess for a program that is confined, unless box is nil,
// and has home for itself.
func startConfined(cmd *exec.Cmd, lim Limits, box *Confinement, home string, out, results func(io.Reader)) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	var readers sync.WaitGroup
	var ours, theirs []*os.File
	closeAll := func(fs []*os.File) {
		for _, f := range fs {
			f.Close()
		}
	}
	pipe := func(read func(io.Reader)) (*os.File, error) {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		ours, theirs = append(ours, r), append(theirs, w)
		readers.Add(1)
		go func() {
			defer readers.Done()
			read(r)
			io.Copy(io.Discard, r) // never block the writer
		}()
		return w, nil
	}
	fail := func(err error) (*process, error) {
		closeAll(theirs)
		closeAll(ours)
		readers.Wait()
		return nil, err
	}

	w, err := pipe(out)
	if err != nil {
		return fail(err)
	}
	if cmd.Stderr = w; cmd.Stdout == nil {
		cmd.Stdout = w
	}
	if results != nil {
		rw, err := pipe(results)
		if err != nil {
			return fail(err)
		}
		passPipe(cmd, rw)
	}
	ownGroup(cmd)
	if err := box.prepare(cmd); err != nil {
		return fail(fmt.Errorf("sandbox: %w", err))
	}

	errc := make(chan error)
	go func() {
		// On Linux the child dies with the thread that started it, so that a
		// killed tracetrain leaves nothing running. golang/go#27505
		runtime.LockOSThread()
		ended, err := box.start(cmd, home, lim)
		if err == nil {
			p.group = newGroup(cmd.Process)
			if !box.limits() {
				setLimits(cmd.Process.Pid, lim)
			}
			p.started = time.Now()
		}
		errc <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		p.group.kill() // what it left behind
		ended()
		closeAll(theirs)
		readersDone := make(chan struct{})
		go func() { readers.Wait(); close(readersDone) }()
		select {
		case <-readersDone:
		case <-time.After(grace):
			for _, r := range ours {
				if r.SetReadDeadline(time.Now()) != nil {
					r.Close()
				}
			}
			<-readersDone
		}
		closeAll(ours)
		p.group.close()
		close(p.done)
	}()
	if err := <-errc; err != nil {
		return fail(err)
	}
	closeAll(theirs)
	return p, nil
}

// kill ends the process and its group. The first reason is kept.
func (p *process) kill(why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.done:
		return // its number may belong to another process by now
	default:
	}
	if p.killed == "" {
		p.killed = why
	}
	p.group.kill()
}

// exit says how a process ended.
func (p *process) exit() Exit {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := Exit{Killed: p.killed, Elapsed: time.Since(p.started)}
	st := p.cmd.ProcessState
	if st == nil {
		e.Code = -1
		return e
	}
	e.Code = st.ExitCode()
	if s := signalOf(st); s != "" && p.killed == "" {
		e.Signal = s
	}
	return e
}

// Exit says how a process ended.
type Exit struct {
	Code    int    // exit status; -1 when a signal ended it
	Signal  string // the signal, when it was not ours
	Killed  string // why we killed it; empty if we did not
	Early   bool   // package testing had not said that it is done, and no case tells why
	Elapsed time.Duration
}

// OK reports whether the process ended by itself with status 0.
func (e Exit) OK() bool { return e.Code == 0 && e.Signal == "" && e.Killed == "" }

func (e Exit) String() string {
	switch {
	case e.Killed != "":
		return "killed: " + e.Killed
	case e.Signal != "":
		return "ended by signal: " + e.Signal
	case e.Early:
		return fmt.Sprintf("exit status %d before package testing had done with its tests", e.Code)
	default:
		return fmt.Sprintf("exit status %d", e.Code)
	}
}

// runTool runs a command of the toolchain to its end and returns its output.
func runTool(ctx context.Context, cmd *exec.Cmd, lim Limits, timeout time.Duration) (string, Exit, error) {
	buf := &bounded{limit: 64 << 10}
	p, err := startProcess(cmd, lim, func(r io.Reader) { io.Copy(buf, r) }, nil)
	if err != nil {
		return "", Exit{}, err
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-ctx.Done():
		p.kill("interrupted")
		<-p.done
		return buf.String(), p.exit(), context.Cause(ctx)
	case <-timer.C:
		p.kill(fmt.Sprintf("took longer than %v", timeout))
		<-p.done
	}
	var exit *exec.ExitError
	if p.err != nil && !errors.As(p.err, &exit) {
		return buf.String(), p.exit(), p.err
	}
	return buf.String(), p.exit(), nil
}
