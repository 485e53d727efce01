"""A boot sector that proves an accelerator: it goes to long mode, works for a while, and says so.

An accelerator can be there, be open to us, run the firmware, and still be of no use: under some
hypervisors the host's kernel emulates each of the guest's instructions in long mode, so that a
kernel never gets to its first line of output. This guest does what such a kernel does first. It
needs no file system and no kernel, and ends within a tenth of a second where processors work.

The bytes were made from the source by GNU binutils, and a test makes them again::

    as --64 sector.s -o sector.o
    ld -m elf_x86_64 -Ttext 0x7c00 -e 0x7c00 --oformat binary sector.o -o sector.img
"""

from __future__ import annotations

# What the guest prints to its first serial port.
WORD = b"long mode works"

# QEMU's own exit status when a guest writes 42 to isa-debug-exit: twice the value, plus one.
EXIT_STATUS = 85

SOURCE = """\
    .code16
start:
    cli
    cld
    ljmpw $0, $flat
flat:
    # Segments and stack at 0; the BIOS promises none of them.
    xorw  %ax, %ax
    movw  %ax, %ds
    movw  %ax, %es
    movw  %ax, %ss
    movw  $0x7c00, %sp
    # Three empty pages for the page tables, at 0x1000, 0x2000 and 0x3000.
    movl  $0x1000, %edi
    movl  %edi, %cr3
    xorl  %eax, %eax
    movw  $0x0c00, %cx
    rep stosl
    # Level 4 to level 3 to level 2, whose first entry maps 2 MiB; present and writable.
    movw  $0x2003, 0x1000
    movw  $0x3003, 0x2000
    movw  $0x0083, 0x3000
    # CR4.PAE, which long mode requires.
    movl  %cr4, %eax
    orb   $0x20, %al
    movl  %eax, %cr4
    # EFER.LME: long mode as soon as paging is on.
    movl  $0xc0000080, %ecx
    rdmsr
    orb   $0x01, %ah
    wrmsr
    # CR0.PE and CR0.PG together: from real mode straight into long mode.
    lgdtl gdt_pointer
    movl  %cr0, %eax
    orl   $0x80000001, %eax
    movl  %eax, %cr0
    ljmpw $0x08, $long_mode

    .code64
long_mode:
    movl  $0x10, %eax
    movl  %eax, %ds
    movl  %eax, %es
    movl  %eax, %ss
    # Work for a processor: a tenth of a second natively, minutes where each instruction is
    # emulated by the host's kernel.
    movl  $200000000, %ecx
work:
    decl  %ecx
    jnz   work
    # The word to COM1, with its closing zero.
    leaq  word(%rip), %rsi
    movw  $0x3f8, %dx
next:
    lodsb
    outb  %al, %dx
    testb %al, %al
    jnz   next
    # isa-debug-exit: QEMU ends with status 2 * 42 + 1.
    movw  $0xf4, %dx
    movb  $42, %al
    outb  %al, %dx
stop:
    hlt
    jmp   stop

word:
    .asciz "long mode works"
    .balign 8
gdt:
    # Null; 64-bit code, ring 0; data, writable.
    .quad 0, 0x00209a0000000000, 0x0000920000000000
gdt_pointer:
    .word 23
    .long gdt
    .org  510
    .word 0xaa55
"""

# The last two bytes of the 512 are the signature that a BIOS asks for.
SECTOR = (
    bytes.fromhex(
        "fafcea077c000031c08ed88ec08ed0bc007c66bf001000000f22df6631c0b900"
        "0c66f3abc70600100320c70600200330c706003083000f20e00c200f22e066b9"
        "800000c00f3280cc010f30660f0116c07c0f20c0660d010000800f22c0ea627c"
        "0800b8100000008ed88ec08ed0b900c2eb0bffc975fc488d351400000066baf8"
        "03acee84c075fa66baf400b02aeef4ebfd6c6f6e67206d6f646520776f726b73"
        "000f1f8000000000000000000000000000000000009a20000000000000920000"
        "1700a87c"
    ).ljust(510, b"\0")
    + b"\x55\xaa"
)
