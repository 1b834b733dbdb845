"""The refusal of a file, in a sentence for people."""


class FileRefused(ValueError):
    """A file that may not be taken in; its text says why."""


DAMAGED = "文件已损坏或不完整，请重新保存后再上传。"
ENCRYPTED = "文件已加密或设有打开密码，请取消后再上传。"
MACROS = "文件带有宏或控件，请另存为不带宏的文件后再上传。"
