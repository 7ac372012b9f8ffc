# HL_COMPLETION: where the shells look for completions of programs in this
# prefix. A prefix of its own is nothing that they know.
AC_DEFUN([HL_COMPLETION], [
	AC_ARG_WITH([bash-completion-dir],
		[AS_HELP_STRING([--with-bash-completion-dir=DIR],
			[default: DATADIR/bash-completion/completions])],
		[bashcompletiondir=$withval],
		[bashcompletiondir='${datadir}/bash-completion/completions'])
	AC_ARG_WITH([zsh-completion-dir],
		[AS_HELP_STRING([--with-zsh-completion-dir=DIR],
			[default: DATADIR/zsh/site-functions])],
		[zshcompletiondir=$withval],
		[zshcompletiondir='${datadir}/zsh/site-functions'])
	AC_SUBST([bashcompletiondir])
	AC_SUBST([zshcompletiondir])
])
