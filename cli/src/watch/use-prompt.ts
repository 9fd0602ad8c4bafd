import type { Key } from 'ink'
import { useReducer, useRef } from 'react'
import type { Prompt } from './actions.ts'

/** One line that is being asked for. */
export interface PromptState {
  readonly prompt: Prompt | undefined
  readonly text: string
  readonly ask: (prompt: Prompt) => void
  readonly cancel: () => void
  /** Takes a key while something is asked for; false where nothing is. */
  readonly take: (input: string, key: Key) => boolean
}

/**
 * Enter sends the line, an empty one does nothing, escape goes back. Kept in refs: keys come faster than the screen is
 * drawn, and none may be lost or end up as a command.
 */
export function usePrompt(send: (run: () => Promise<string>) => void): PromptState {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const asked = useRef<Prompt>(undefined)
  const typed = useRef('')
  const set = (prompt: Prompt | undefined, text = '') => {
    asked.current = prompt
    typed.current = text
    redraw()
  }

  return {
    prompt: asked.current,
    text: typed.current,
    ask: (prompt) => set(prompt),
    cancel: () => set(undefined),
    take: (input, key) => {
      const prompt = asked.current
      if (prompt === undefined) return false
      if (key.escape) set(undefined)
      else if (key.return) {
        const text = typed.current.trim()
        if (text === '') return true
        set(undefined)
        send(() => prompt.run(text))
      } else if (key.backspace || key.delete) set(prompt, [...typed.current].slice(0, -1).join(''))
      else if (!isCommand(key))
        // What is pasted comes in one piece, line ends included.
        set(prompt, typed.current + input.replaceAll(/[\r\n]+/g, ' '))
      return true
    },
  }
}

const isCommand = (key: Key): boolean =>
  key.ctrl || key.meta || key.tab || key.upArrow || key.downArrow || key.leftArrow || key.rightArrow
