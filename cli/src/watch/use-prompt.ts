import { useReducer, useRef } from 'react'
import type { Prompt } from './actions.ts'
import type { Stroke } from './keystrokes.ts'

/** One line that is being asked for. */
export interface PromptState {
  readonly prompt: Prompt | undefined
  readonly text: string
  /** What was wrong with the text when it was to be sent. */
  readonly problem: string | undefined
  readonly ask: (prompt: Prompt) => void
  readonly cancel: () => void
  /** Takes a key while something is asked for; false where nothing is. */
  readonly take: (stroke: Stroke) => boolean
}

/** Enter sends the line, an empty one does nothing, escape goes back. */
export function usePrompt(send: (run: () => Promise<string>) => void): PromptState {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const asked = useRef<Prompt>(undefined)
  const typed = useRef('')
  const problem = useRef<string>(undefined)
  const set = (prompt: Prompt | undefined, text = '', wrong?: string) => {
    asked.current = prompt
    typed.current = text
    problem.current = wrong
    redraw()
  }

  return {
    prompt: asked.current,
    text: typed.current,
    problem: problem.current,
    ask: (prompt) => set(prompt),
    cancel: () => set(undefined),
    take: ({ name, text }) => {
      const prompt = asked.current
      if (prompt === undefined) return false
      if (name === 'escape') set(undefined)
      else if (name === 'enter') {
        const line = typed.current.trim()
        if (line === '') return true
        const wrong = prompt.problemWith?.(line)
        if (wrong !== undefined) {
          set(prompt, typed.current, wrong)
          return true
        }
        set(undefined)
        send(() => prompt.run(line))
      } else if (name === 'erase') set(prompt, [...typed.current].slice(0, -1).join(''))
      else if (name === 'text') set(prompt, typed.current + text)
      // The line ends of what was pasted send nothing.
      else if (name === 'paste') set(prompt, typed.current + text.replaceAll(/[\r\n]+/g, ' '))
      return true
    },
  }
}
