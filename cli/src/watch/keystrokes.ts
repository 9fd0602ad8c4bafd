import type { Key } from 'ink'

/** What one key means here; `text` is what it types, and for `paste` all that was pasted. */
export interface Stroke {
  readonly name:
    | 'text'
    | 'paste'
    | 'enter'
    | 'escape'
    | 'up'
    | 'down'
    | 'page-up'
    | 'page-down'
    | 'tab'
    | 'erase'
    | 'interrupt'
    /** A key that means nothing here. */
    | 'other'
  readonly text: string
}

const stroke = (name: Stroke['name'], text = ''): Stroke => ({ name, text })

/** What a terminal puts around pasted text (bracketed paste), as Ink hands it on: without its escape. */
const PASTE_STARTS = '[200~'
const PASTE_ENDS = '[201~'
/** Any other control sequence that Ink gave no name. */
const SEQUENCE = /^\[[0-?]*[ -/]*[@-~]$/
const CONTROL = /\p{Cc}/u

const NAMED = [
  ['escape', 'escape'],
  ['return', 'enter'],
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['pageUp', 'page-up'],
  ['pageDown', 'page-down'],
  ['tab', 'tab'],
  ['backspace', 'erase'],
  ['delete', 'erase'],
] as const satisfies readonly (readonly [keyof Key, Stroke['name']])[]

const CHARACTERS: Readonly<Record<string, Stroke['name']>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'erase',
  '\u007f': 'erase',
  '\u0003': 'interrupt',
}

/**
 * Makes single keys of what Ink hands over. Keys that reach the terminal together (a slow line, a fast hand, a
 * script) come as one text, and each of them counts; what was pasted is one key, however many lines it has.
 */
export function createKeystrokes(): (input: string, key: Key) => readonly Stroke[] {
  let pasted: string | undefined
  return (input, key) => {
    if (input === PASTE_STARTS) {
      pasted = ''
      return []
    }
    const interrupted = key.ctrl && input === 'c'
    if (pasted === undefined || interrupted) {
      pasted = undefined
      return interrupted ? [stroke('interrupt')] : strokesOf(input, key)
    }
    if (input === PASTE_ENDS) {
      const text = pasted
      pasted = undefined
      return [stroke('paste', text)]
    }
    pasted += key.return ? '\n' : input
    return []
  }
}

function strokesOf(input: string, key: Key): readonly Stroke[] {
  const named = NAMED.find(([is]) => key[is])
  if (named) return [stroke(named[1])]
  if (key.ctrl || key.meta || input === '' || SEQUENCE.test(input)) return [stroke('other')]
  return [...input].map((character) => {
    const name = CHARACTERS[character]
    return name ? stroke(name) : CONTROL.test(character) ? stroke('other') : stroke('text', character)
  })
}
