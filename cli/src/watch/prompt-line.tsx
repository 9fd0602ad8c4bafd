import { visible } from '../output/visible.ts'
import { width } from '../output/width.ts'
import { Tone } from './tone.tsx'

interface Props {
  readonly question: string
  readonly text: string
  readonly columns: number
}

/** A question and what was typed so far. */
export const PromptLine = ({ question, text, columns }: Props) => (
  <Tone>
    <Tone bold color="yellow">
      {question}
    </Tone>{' '}
    {tail(visible(text), columns - width(question) - 3)}▏
  </Tone>
)

/** The end of what was typed, which is where the cursor is. */
function tail(text: string, columns: number): string {
  const characters = [...text]
  while (characters.length > 1 && width(characters.join('')) > columns) characters.shift()
  return characters.join('')
}
