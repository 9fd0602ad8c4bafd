import { isRightToLeft, piecesOf } from '@holdpoint/shared'
import { Text } from './text.tsx'

interface Props {
  readonly text: string
  /** Nobody has edited it: then spaces that are easily overlooked count too. What somebody types ends in one often. */
  readonly isUntouched?: boolean
}

/** An input draws no marks, and reorders: where a text holds what hides or pretends, it is shown once more as stored. */
export function AsStored({ text, isUntouched = false }: Props) {
  const isMarked =
    isRightToLeft(text) ||
    piecesOf(text).some(({ mark }) => mark && (mark.kind === 'space' ? isUntouched : mark.kind !== 'break'))
  return isMarked ? (
    <small class="as-it-is">
      <Text lines>{text}</Text>
    </small>
  ) : null
}
