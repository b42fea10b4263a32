/** Files, directories, FIFOs, and locks. */
import { closeSync, openSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import {
  chdir,
  close,
  EAGAIN,
  errno,
  errnoName,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_GETLK,
  F_RDLCK,
  F_SETFD,
  F_SETFL,
  F_SETLK,
  F_SETLKW,
  F_UNLCK,
  F_WRLCK,
  FD_CLOEXEC,
  fchdir,
  fcntl,
  flock,
  getpid,
  LOCK_EX,
  LOCK_NB,
  LOCK_SH,
  LOCK_UN,
  lseek,
  mkfifo,
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  open,
  pipe,
  read,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
  umask,
  write,
} from 'realfork/c';
import { untilBlocked } from '../support/proc';
import { inChild, reap, report, scenarios, Word } from '../support/scenarios';

function ok<Result>(result: Result | -1): Result {
  if (result === -1) throw new Error(errnoName(errno()));
  return result;
}

/** "0", or the errno. */
const outcome = (result: unknown): unknown => (result === -1 ? errnoName(errno()) : result);

/** In the working directory, gone when the scenario has ended. */
function withFile(use: (fd: number) => void): void {
  writeFileSync('locked', '0123456789');
  const fd = openSync('locked', 'r+');
  try {
    use(fd);
  } finally {
    closeSync(fd);
    unlinkSync('locked');
  }
}

scenarios({
  flags() {
    const [readfd, writefd] = ok(pipe());
    const mode = (fd: number): number => ok(fcntl(fd, F_GETFL)) & O_ACCMODE;
    report([mode(readfd) === O_RDONLY, mode(writefd) === O_WRONLY]);
    report(outcome(fcntl(readfd, F_SETFL, ok(fcntl(readfd, F_GETFL)) | O_NONBLOCK)));
    report([read(readfd, new Uint8Array(1)), errno() === EAGAIN, (ok(fcntl(readfd, F_GETFL)) & O_NONBLOCK) !== 0]);
    report([fcntl(readfd, F_GETFD), fcntl(readfd, F_SETFD, FD_CLOEXEC), fcntl(readfd, F_GETFD) === FD_CLOEXEC]);
    const copy = fcntl(readfd, F_DUPFD, 100);
    const closing = fcntl(readfd, F_DUPFD_CLOEXEC, 100);
    report([copy, fcntl(copy, F_GETFD), closing, fcntl(closing, F_GETFD) === FD_CLOEXEC]);
    close(copy);
    report([outcome(fcntl(copy, F_GETFD)), outcome(fcntl(readfd, 4711)), outcome(fcntl(readfd, -1, 0))]);
  },

  files() {
    report([umask(0o027) >= 0, umask(0o027)]);
    const fd = ok(open('file', O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666));
    report([(statSync('file').mode & 0o777).toString(8), fcntl(fd, F_GETFD) === FD_CLOEXEC]);
    write(fd, '0123456789');
    report([lseek(fd, 0, SEEK_CUR), lseek(fd, -3, SEEK_END), read(fd, new Uint8Array(10))]);
    const child = inChild(() => void lseek(fd, 4, SEEK_SET));
    reap(child);
    report({ sharedOffset: lseek(fd, 0, SEEK_CUR) });
    report([outcome(open('file', O_WRONLY | O_CREAT | O_EXCL)), outcome(open('no/file', O_RDONLY))]);
    report([outcome(lseek(ok(pipe())[0], 0, SEEK_CUR)), outcome(lseek(fd, -1, SEEK_SET))]);
    close(fd);
    unlinkSync('file');
  },

  directories() {
    const here = process.cwd();
    const fd = ok(open('.', O_RDONLY | O_DIRECTORY));
    report([chdir('/'), process.cwd(), fchdir(fd), process.cwd() === here]);
    report([outcome(chdir('no')), outcome(chdir('/dev/null')), outcome(fchdir(-1))]);
    const child = inChild(() => report([chdir('/'), process.cwd()]));
    reap(child);
    report(process.cwd() === here);
  },

  /** fifo(7): each end waits for the other one to be opened. */
  fifos() {
    report([mkfifo('fifo', 0o600), outcome(mkfifo('fifo')), outcome(open('fifo', O_WRONLY | O_NONBLOCK))]);
    const child = inChild(() => {
      const fd = ok(open('fifo', O_WRONLY));
      write(fd, 'opened');
    });
    untilBlocked(child);
    const buffer = Buffer.alloc(10);
    report(buffer.toString('utf8', 0, read(ok(open('fifo', O_RDONLY)), buffer)));
    report(reap(child));
    unlinkSync('fifo');
  },

  /** flock(2): the lock is of the open file description. */
  flocks() {
    withFile((fd) => {
      const other = ok(open('locked', O_RDONLY));
      report([
        flock(fd, LOCK_EX),
        flock(fd, LOCK_SH | LOCK_NB),
        flock(other, LOCK_SH | LOCK_NB),
        flock(other, LOCK_UN),
      ]);
      report([flock(fd, LOCK_EX), outcome(flock(other, LOCK_SH | LOCK_NB))]);
      const child = inChild(() => report(['the child shares it', flock(fd, LOCK_EX | LOCK_NB), flock(fd, LOCK_UN)]));
      reap(child);
      report(['and gave it up for both', flock(other, LOCK_EX | LOCK_NB)]);
      report([outcome(flock(fd, 0)), outcome(flock(-1, LOCK_SH))]);
      close(other);
    });
  },

  /** fcntl(2): locks are of the process; the child asks who has one. */
  locks() {
    withFile((fd) => {
      report(outcome(fcntl(fd, F_SETLK, { l_type: F_WRLCK, l_whence: SEEK_SET, l_start: 2, l_len: 3 })));
      const parent = getpid();
      const child = inChild(() => {
        const found = fcntl(fd, F_GETLK, { l_type: F_RDLCK });
        if (found === -1) throw new Error(errnoName(errno()));
        const { l_pid, l_type, ...rest } = found;
        report({ ofParent: l_pid === parent, isWrite: l_type === F_WRLCK, ...rest });
        report(outcome(fcntl(fd, F_SETLK, { l_type: F_RDLCK, l_start: 4, l_len: 1 })));
        report(outcome(fcntl(fd, F_SETLK, { l_type: F_RDLCK, l_start: 5 })));
        const free = fcntl(fd, F_GETLK, { l_type: F_WRLCK, l_whence: SEEK_END, l_start: -3, l_len: 1 });
        report(free !== -1 && free.l_type === F_UNLCK);
      });
      report(reap(child));
    });
  },

  waits() {
    withFile((fd) => {
      fcntl(fd, F_SETLK, { l_type: F_WRLCK });
      const [go, waiting] = [new Word(), new Word()];
      const child = inChild(() => {
        waiting.send();
        report(['child', fcntl(fd, F_SETLKW, { l_type: F_WRLCK })]);
        go.await();
      });
      waiting.await();
      untilBlocked(child, fd);
      report(['parent unlocks']); /* said first: after it both would speak at once */
      fcntl(fd, F_SETLK, { l_type: F_UNLCK });
      go.send();
      report(reap(child));
    });
  },
});
