package build

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// passPipe lets cmd inherit the handle of w; its number is the descriptor.
func passPipe(cmd *exec.Cmd, w *os.File) {
	h := syscall.Handle(w.Fd())
	syscall.SetHandleInformation(h, syscall.HANDLE_FLAG_INHERIT, syscall.HANDLE_FLAG_INHERIT)
	cmd.SysProcAttr = &syscall.SysProcAttr{AdditionalInheritedHandles: []syscall.Handle{h}}
	cmd.Env = append(cmd.Env,
		"TRACE_RESULT_FD="+strconv.Itoa(int(h)),
		"TRACE_RESULT_PARENT="+strconv.Itoa(os.Getpid()))
}

func ownGroup(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.CreationFlags |= syscall.CREATE_NEW_PROCESS_GROUP
}

// A group is a job object: it ends when its handle is closed, also by our own
// death.
type group struct {
	job  windows.Handle
	proc *os.Process
}

func newGroup(p *os.Process) group {
	g := group{proc: p}
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return g
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{
			LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
		},
	}
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err == nil {
		var h windows.Handle
		h, err = windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(p.Pid))
		if err == nil {
			err = windows.AssignProcessToJobObject(job, h)
			windows.CloseHandle(h)
		}
	}
	if err != nil {
		windows.CloseHandle(job)
		return g
	}
	g.job = job
	return g
}

func (g group) kill() {
	if g.job != 0 {
		windows.TerminateJobObject(g.job, 1)
		return
	}
	g.proc.Kill()
}

func (g group) close() {
	if g.job != 0 {
		windows.CloseHandle(g.job)
	}
}

func signalOf(*os.ProcessState) string { return "" }

// onDisk is what a file takes on disk, in bytes.
func onDisk(info os.FileInfo) int64 { return info.Size() }
