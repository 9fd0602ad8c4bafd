import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createPrivate, KeysUnusable, readPrivate } from './private-file.ts'

/**
 * Encrypts what must be readable again, for the store (AES-256-GCM). `about` names whose and what it is: a text moved to
 * another place does not open. Against who reads the store alone; who reads the key's folder too reads everything.
 */
export interface Sealer {
  seal(text: string, about: string): string
  /** Undefined where another key sealed it, it was altered, or it is about something else. */
  unseal(sealed: string, about: string): string | undefined
}

const FILE = 'sealing.json'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

interface SealingFile {
  readonly key: string
}

/**
 * Opens the key in `folder`, and makes it where there is none. Undefined where it can't be made (a folder that is
 * mounted read-only): nothing can be sealed then. Throws KeysUnusable as `openKeys` does.
 */
export async function openSealer(folder: string): Promise<Sealer | undefined> {
  const path = join(folder, FILE)
  const text = (await readPrivate(path)) ?? (await create(path))
  return text === undefined ? undefined : createSealer(readKey(text, path))
}

async function create(path: string): Promise<string | undefined> {
  const contents: SealingFile = { key: randomBytes(KEY_BYTES).toString('base64url') }
  try {
    return await createPrivate(path, `${JSON.stringify(contents)}\n`)
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

function readKey(text: string, path: string): Buffer {
  try {
    const key = Buffer.from((JSON.parse(text) as SealingFile).key, 'base64url')
    if (key.length === KEY_BYTES) return key
  } catch {
    // the sentence below covers it; the parser's own would quote the file
  }
  throw new KeysUnusable(
    `The key file ${path} is damaged; restore it from a backup, or move it away to make a new one, after which everybody enrols a second factor anew.`,
  )
}

export function createSealer(key: Buffer): Sealer {
  return {
    seal(text, about) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(Buffer.from(about))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
    },
    unseal(sealed, about) {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAAD(Buffer.from(about))
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
      try {
        return (
          decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
        )
      } catch {
        return undefined
      }
    },
  }
}
