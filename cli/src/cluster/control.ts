/**
 * How other terminals reach a running `cluster up`: a socket in the cluster's folder, so that who may use the folder may use
 * it. One request, a line of JSON; any number of `{ progress }` lines; one last line, `{ ok, result }` or `{ ok, error }`.
 */
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export type ControlRequest =
  | { readonly command: 'status' }
  | { readonly command: 'restart'; readonly nodes: readonly string[] }
  | { readonly command: 'down' }

/** Whoever has it open has the folder to itself. */
export interface ControlServer extends AsyncDisposable {
  /** Until then, whoever asks is told that it is starting. */
  answerWith(answer: Answer): void
}

type Reply =
  | { readonly progress: string }
  | { readonly ok: true; readonly result: object }
  | { readonly ok: false; readonly error: string }

export type Answer = (request: ControlRequest, progress: (sentence: string) => void) => Promise<object>

/** What Linux and macOS allow for a socket's path. Unit: bytes. */
const LONGEST_PATH = 100

const socketPath = (folder: string): string => join(folder, 'control.sock')

/** Throws with a sentence where another one answers there already, or the path is too long for a socket. */
export async function serveControl(folder: string): Promise<ControlServer> {
  const path = socketPath(folder)
  if (Buffer.byteLength(path) > LONGEST_PATH)
    throw new Error(`The path ${path} is too long for a socket: choose a shorter data folder with --data.`)
  const standing = await reach(path)
  standing?.destroy()
  if (standing) throw new Error('A cluster runs on this data folder already: see "holdpoint cluster status".')
  await rm(path, { force: true })
  const open = new Set<Socket>()
  const answering = new Set<Promise<void>>()
  let answer: Answer = () =>
    Promise.reject(new Error('The cluster is still starting; ask again in a moment.'))
  const server = createServer((socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => {})
    const say = (reply: Reply): void => void socket.write(`${JSON.stringify(reply)}\n`)
    createInterface({ input: socket }).once('line', (line) => {
      const asked = Promise.resolve().then(() =>
        answer(JSON.parse(line) as ControlRequest, (progress) => say({ progress })),
      )
      const answered = asked
        .then(
          (result) => say({ ok: true, result }),
          (error: Error) => say({ ok: false, error: error.message }),
        )
        .finally(() => {
          socket.end()
          answering.delete(answered)
        })
      answering.add(answered)
    })
  })
  server.listen(path)
  await once(server, 'listening')
  return {
    answerWith(given) {
      answer = given
    },
    async [Symbol.asyncDispose]() {
      server.close()
      await Promise.all(answering)
      for (const socket of open) socket.end()
      await rm(path, { force: true })
    },
  }
}

/** Asks the cluster that runs on a folder. Throws with its error, or NoCluster where none answers. */
export async function askCluster(
  folder: string,
  request: ControlRequest,
  progress: (sentence: string) => void = () => {},
): Promise<object> {
  const socket = await reach(socketPath(folder))
  if (!socket) throw new NoCluster(folder)
  socket.write(`${JSON.stringify(request)}\n`)
  for await (const line of createInterface({ input: socket })) {
    const reply = JSON.parse(line) as Reply
    if ('progress' in reply) progress(reply.progress)
    else if (reply.ok) return reply.result
    else throw new Error(reply.error)
  }
  throw new Error('The cluster ended before it answered.')
}

export class NoCluster extends Error {
  override readonly name = 'NoCluster'

  constructor(folder: string) {
    super(
      `No cluster runs on ${folder}: start one with "holdpoint cluster up", or name its data folder with --data.`,
    )
  }
}

async function reach(path: string): Promise<Socket | undefined> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return socket
  } catch {
    return undefined
  }
}
