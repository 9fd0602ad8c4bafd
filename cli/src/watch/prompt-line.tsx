import { useInput } from 'ink'
import { useRef, useState } from 'react'
import { width } from '../output/table.ts'
import { visible } from '../output/visible.ts'
import { Tone } from './tone.tsx'

interface Props {
  readonly question: string
  readonly columns: number
  readonly onSubmit: (text: string) => void
  readonly onCancel: () => void
}

/** Asks for one line. Enter sends it, an empty one does nothing, escape goes back. */
export function PromptLine({ question, columns, onSubmit, onCancel }: Props) {
  // A ref beside the state: enter may come before what was typed has been drawn.
  const typed = useRef('')
  const [text, setText] = useState('')
  const change = (next: string) => {
    typed.current = next
    setText(next)
  }
  useInput((input, key) => {
    if (key.escape) return onCancel()
    if (key.return) {
      if (typed.current.trim() !== '') onSubmit(typed.current.trim())
      return
    }
    if (key.backspace || key.delete) return change([...typed.current].slice(0, -1).join(''))
    if (key.ctrl || key.meta || key.tab || key.upArrow || key.downArrow || key.leftArrow || key.rightArrow)
      return
    // What is pasted comes in one piece, line ends included.
    change(typed.current + input.replaceAll(/[\r\n]+/g, ' '))
  })
  return (
    <Tone>
      <Tone bold color="yellow">
        {question}
      </Tone>{' '}
      {tail(visible(text), columns - width(question) - 3)}▏
    </Tone>
  )
}

/** The end of what was typed, which is where the cursor is. */
function tail(text: string, columns: number): string {
  const characters = [...text]
  while (characters.length > 1 && width(characters.join('')) > columns) characters.shift()
  return characters.join('')
}
