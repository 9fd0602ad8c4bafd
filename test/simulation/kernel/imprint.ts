/** 64 bits that follow from all that was put in: cheap, since every step puts some in, and no more than a comparison needs. */
export class Imprint {
  #a = 0x811c9dc5
  #b = 0x9747b28c
  readonly #float = new Float64Array(1)
  readonly #words = new Uint32Array(this.#float.buffer)

  number(value: number): void {
    this.#float[0] = value
    this.#mix(this.#words[0] as number)
    this.#mix(this.#words[1] as number)
  }

  text(text: string): void {
    this.#mix(text.length)
    for (let at = 0; at < text.length; at++) this.#mix(text.charCodeAt(at))
  }

  hex(): string {
    return [this.#a, this.#b].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }

  /** FNV-1a, twice, with a factor each. */
  #mix(word: number): void {
    this.#a = Math.imul(this.#a ^ word, 0x01000193)
    this.#b = Math.imul(this.#b ^ word ^ (this.#b >>> 15), 0x85ebca6b)
  }
}
