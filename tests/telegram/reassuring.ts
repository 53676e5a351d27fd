/** Words and signs that say that all is well. */
export const REASSURING =
  /[✅🟢👍]|\b(?:works|working|operational|healthy|fine|okay|all well|up and running)\b|(?<!не )(?:работа(?!х)|в порядке|исправ|всё хорошо|отлично)/iu;
